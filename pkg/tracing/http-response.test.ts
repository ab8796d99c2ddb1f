import { expect, test } from 'vitest';
import { readResponse } from './http-response.ts';

function bytesOf(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

const RESPONSES: [what: string, bytes: Buffer, expected: { status: number; body: string; persists: boolean }][] = [
  [
    'a length',
    bytesOf('HTTP/1.1 200 OK', 'Content-Length: 3', '', 'abc'),
    { status: 200, body: 'abc', persists: true },
  ],
  ['no body', bytesOf('HTTP/1.1 204 No Content', '', ''), { status: 204, body: '', persists: true }],
  ['no reason', bytesOf('HTTP/1.1 429', 'content-length: 0', '', ''), { status: 429, body: '', persists: true }],
  [
    'chunks',
    bytesOf('HTTP/1.1 200 OK', 'transfer-encoding: Chunked', '', '3', 'abc', 'A;x=y', '0123456789', '0', '', ''),
    { status: 200, body: 'abc0123456789', persists: true },
  ],
  [
    'trailers',
    bytesOf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '1', 'a', '0', 'x: y', 'z: 1', '', ''),
    { status: 200, body: 'a', persists: true },
  ],
  [
    'an interim response',
    bytesOf('HTTP/1.1 100 Continue', '', 'HTTP/1.1 503 Service Unavailable', 'content-length: 1', '', 'a'),
    { status: 503, body: 'a', persists: true },
  ],
  [
    'a connection that closes',
    bytesOf('HTTP/1.1 200 OK', 'connection: Close', 'content-length: 0', '', ''),
    { status: 200, body: '', persists: false },
  ],
  ['HTTP/1.0', bytesOf('HTTP/1.0 200 OK', 'content-length: 0', '', ''), { status: 200, body: '', persists: false }],
];

test.each(RESPONSES)('reads a response with %s, which is complete with its last byte', (_what, bytes, expected) => {
  for (let length = 0; length < bytes.length; length++) {
    expect(readResponse(bytes.subarray(0, length), false)).toBeUndefined();
  }
  const { status, body, persists } = readResponse(bytes, false) ?? {};
  expect({ status, body: body?.toString(), persists }).toEqual(expected);
});

test('reads a response that ends with the connection', () => {
  const bytes = bytesOf('HTTP/1.1 400 Bad Request', 'Content-Type: text/plain', '', 'not a span');
  expect(readResponse(bytes, false)).toBeUndefined();
  const response = readResponse(bytes, true);
  expect(response).toMatchObject({ status: 400, reason: 'Bad Request', persists: false });
  expect(response?.body.toString()).toBe('not a span');
  expect(response?.headers.get('content-type')).toBe('text/plain');
});

test('does not use a connection again after more than one response', () => {
  const bytes = bytesOf('HTTP/1.1 200 OK', 'content-length: 1', '', 'abc');
  expect(readResponse(bytes, false)).toMatchObject({ body: Buffer.from('a'), persists: false });
});

test.each([
  ['is not HTTP', bytesOf('220 mail.example ESMTP', '', '')],
  ['is not HTTP/1.1', bytesOf('HTTP/2 200', '', '')],
  ['has an invalid length', bytesOf('HTTP/1.1 200 OK', 'content-length: -1', '', '')],
  ['has an invalid chunk', bytesOf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', 'x', '')],
])('rejects a response that %s', (_what, bytes) => {
  expect(() => readResponse(bytes, false)).toThrow('the response');
});
