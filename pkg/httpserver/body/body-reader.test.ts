import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Type } from 'typebox';
import { afterEach, expect, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';
import { createTestAuthority } from '../../../test/support/test-authority.ts';
import type { HttpServer } from '../server.ts';
import type { HttpServerOptions } from '../server-options.ts';

let running: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(running.map((server) => server.close(AbortSignal.timeout(500))));
  running = [];
});

const KIB = 1024;
const anyJson = { schema: { body: Type.Object({}, { maxProperties: 10 }) } };

async function start(options: Partial<HttpServerOptions> = {}) {
  const { server, metrics, access } = await createObservedServer(options);
  const gate = Promise.withResolvers<void>();
  server.app.post('/echo', anyJson, async ({ body }) => ({ body }));
  server.app.delete('/echo', async ({ body }) => ({ body: body ?? 'none' }));
  server.app.post('/held', anyJson, async () => {
    await gate.promise;
    return 'done';
  });
  server.app.get('/quick', async () => 'quick');
  await server.listen();
  running.push(server);
  return { port: server.address()?.port ?? 0, metrics, access, release: gate.resolve };
}

interface Client {
  write(bytes: string | Buffer): void;
  readonly received: string;
  /** Resolves with all that was received once it contains the text. */
  until(text: string): Promise<string>;
  /** Resolves with all that was received once the server has closed the connection. */
  closed(): Promise<string>;
  leave(): void;
}

function open(port: number): Client {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  return {
    write: (bytes) => void socket.write(bytes),
    get received() {
      return received;
    },
    async until(text) {
      while (!received.includes(text)) await once(socket, 'data', { signal: AbortSignal.timeout(30_000) });
      return received;
    },
    async closed() {
      if (!socket.destroyed) await once(socket, 'close', { signal: AbortSignal.timeout(30_000) });
      return received;
    },
    leave: () => socket.destroy(),
  };
}

const head = (start: string, ...fields: string[]) =>
  `${[`${start} HTTP/1.1`, 'Host: x', ...fields].join('\r\n')}\r\n\r\n`;
const JSON_TYPE = 'Content-Type: application/json';

async function send(start: string, fields: string[], body: string | Buffer): Promise<string> {
  const { port } = await startOnce();
  const client = open(port);
  client.write(head(start, 'Connection: close', `Content-Length: ${Buffer.byteLength(body)}`, ...fields));
  client.write(body);
  return client.closed();
}

let shared: ReturnType<typeof start> | undefined;
afterEach(() => {
  shared = undefined;
});
function startOnce() {
  shared ??= start();
  return shared;
}

test.each([
  ['an unknown path with bad JSON', 'POST /nope', [JSON_TYPE], '{', 404, 'route_not_found'],
  ['a wrong method with bad JSON', 'PUT /echo', [JSON_TYPE], '{', 405, 'method_not_allowed'],
  ['QUERY without a content type', 'QUERY /echo', [], '{}', 405, 'method_not_allowed'],
  ['a wrong method with another type', 'PUT /echo', ['Content-Type: text/plain'], 'x', 405, 'method_not_allowed'],
  ['text/plain', 'POST /echo', ['Content-Type: text/plain'], '{}', 415, 'unsupported_media_type'],
  ['no content type', 'POST /echo', [], '{}', 415, 'unsupported_media_type'],
  ['an invalid content type', 'POST /echo', ['Content-Type: json'], '{}', 415, 'unsupported_media_type'],
  ['gzip', 'POST /echo', [JSON_TYPE, 'Content-Encoding: gzip'], '{}', 415, 'unsupported_content_coding'],
  ['Latin-1', 'POST /echo', [`${JSON_TYPE}; charset=iso-8859-1`], '{}', 415, 'unsupported_media_type'],
  ['UTF-16', 'POST /echo', [`${JSON_TYPE}; charset="UTF-16"`], '{}', 415, 'unsupported_media_type'],
  ['invalid UTF-8', 'POST /echo', [JSON_TYPE], Buffer.from('{"a":"\xe9"}', 'latin1'), 400, 'malformed_json'],
  ['half a character', 'POST /echo', [JSON_TYPE], Buffer.from([0x22, 0xc3]), 400, 'malformed_json'],
  ['a __proto__ key', 'POST /echo', [JSON_TYPE], '{"__proto__":{}}', 400, 'malformed_json'],
  ['a constructor', 'POST /echo', [JSON_TYPE], '{"constructor":{"prototype":{}}}', 400, 'malformed_json'],
])('%s is rejected for the right reason', async (_what, request, fields, body, status, code) => {
  const response = await send(request, fields, body);
  expect(response).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(response).toContain(`"code":"${code}"`);
});

test.each([
  ['application/json', 'Content-Type: text/plain', 'accept: application/json'],
  ['no content coding', `${JSON_TYPE}\r\nContent-Encoding: br`, 'accept-encoding: identity'],
])('a 415 names %s as accepted', async (_what, field, header) => {
  expect((await send('POST /echo', [field], '{}')).toLowerCase()).toContain(`\r\n${header}\r\n`);
});

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8"',
  'Application/JSON; profile=x',
])('a body of type %s is read', async (type) => {
  expect(await send('POST /echo', [`Content-Type: ${type}`, 'Content-Encoding: identity'], '{"a":"é"}')).toContain(
    Buffer.from('{"body":{"a":"é"}}').toString('latin1'),
  );
});

test.each([
  ['a length of 0', 'Content-Length: 0', ''],
  ['a length of 00', 'Content-Length: 00', ''],
  ['no chunks', 'Transfer-Encoding: chunked', '0\r\n\r\n'],
])('a body of zero bytes (%s) counts as no body', async (_what, framing, bytes) => {
  const { port } = await startOnce();
  for (const type of [JSON_TYPE, `${JSON_TYPE}; charset=utf-8`]) {
    const client = open(port);
    client.write(head('DELETE /echo', 'Connection: close', type, framing) + bytes);
    expect(await client.closed()).toContain('{"body":"none"}');
  }
});

test('a body that arrives in many pieces is assembled, even if a character is split', async () => {
  const { port } = await startOnce();
  const text = JSON.stringify({ a: 'ä€😀'.repeat(3000) });
  const bytes = Buffer.from(text);
  const client = open(port);
  client.write(head('POST /echo', 'Connection: close', JSON_TYPE, 'Transfer-Encoding: chunked'));
  for (let at = 0; at < bytes.length; at += 997) {
    const piece = bytes.subarray(at, at + 997);
    client.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
  }
  client.write('0\r\n\r\n');
  expect(Buffer.from(await client.closed(), 'latin1').toString()).toContain(text);
});

test.each([
  ['an unknown path', 'POST /nope', JSON_TYPE, 404],
  ['a wrong method', 'PUT /echo', JSON_TYPE, 405],
  ['another type', 'POST /echo', 'Content-Type: text/plain', 415],
  ['a route that reads no body', 'GET /quick', JSON_TYPE, 200],
  ['HEAD', 'HEAD /quick', JSON_TYPE, 200],
])(
  'the response to %s does not wait for a large body, and its connection closes',
  async (_what, start, type, status) => {
    const { port } = await startOnce();
    for (const framing of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
      const client = open(port);
      client.write(head(start, type, framing));
      const response = await client.closed();
      expect(response).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(response.toLowerCase()).toContain('\r\nconnection: close\r\n');
    }
  },
);

test('a client that sends all of a large body before it reads gets its response', async () => {
  const { port } = await startOnce();
  const size = 32 * KIB * KIB;
  for (const framing of [`Content-Length: ${size}`, 'Transfer-Encoding: chunked']) {
    const client = open(port);
    client.write(head('POST /nope', JSON_TYPE, framing));
    if (framing.startsWith('T')) client.write(`${size.toString(16)}\r\n`);
    client.write('x'.repeat(size));
    expect(await client.closed()).toMatch(/^HTTP\/1.1 404 /);
  }
});

test('a response is sent although the rest of the body is malformed', async () => {
  const { port } = await startOnce();
  const client = open(port);
  client.write(`${head('POST /nope', JSON_TYPE, 'Transfer-Encoding: chunked')}zz\r\n`);
  expect((await client.closed()).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 404']);
});

test('a client that sends all of a large body before it reads gets its response over TLS too', async () => {
  const authority = await createTestAuthority();
  const { cert, key } = await authority.issue('CN=server');
  const { server } = await createObservedServer({}, { tls: { serverOptions: { cert, key }, start() {}, stop() {} } });
  await server.listen();
  running.push(server);
  const socket = connectTls({ port: server.address()?.port ?? 0, host: '127.0.0.1', ca: authority.cert });
  await once(socket, 'secureConnect');
  const size = 16 * KIB * KIB;
  socket.write(head('POST /nope', JSON_TYPE, `Content-Length: ${size}`));
  socket.write('x'.repeat(size));
  let received = '';
  for await (const chunk of socket) received += chunk;
  expect(received).toMatch(/^HTTP\/1.1 404 /);
});

test('a small body that is not read does not cost the client its connection', async () => {
  const { port } = await startOnce();
  const client = open(port);
  const rejected = head('POST /nope', JSON_TYPE, 'Content-Length: 2');
  client.write(`${rejected}{}${rejected}{}`);
  await client.until('404 Not Found');
  client.write(head('GET /quick'));
  const response = await client.until('quick');
  expect(response.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  client.leave();
});

test('if a small body never ends, its connection is closed without a second response', async () => {
  const { port } = await start({ requestTimeoutMs: 300, headersTimeoutMs: 300 });
  const client = open(port);
  client.write(`${head('POST /nope', JSON_TYPE, 'Content-Length: 2')}{`);
  expect((await client.closed()).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 404']);
});

test('100 Continue is sent only if the body is read', async () => {
  const { port } = await startOnce();
  const fields = [JSON_TYPE, 'Expect: 100-continue', 'Content-Length: 2'];
  const welcome = open(port);
  welcome.write(head('POST /echo', ...fields));
  await welcome.until('HTTP/1.1 100 Continue\r\n\r\n');
  welcome.write('{}');
  await welcome.until('{"body":{}}');
  welcome.leave();
  for (const request of ['POST /nope', 'PUT /echo', 'GET /quick']) {
    const client = open(port);
    client.write(head(request, ...fields));
    expect(await client.closed()).toMatch(/^HTTP\/1.1 (404|405|200) /);
  }
});

test('a body that does not arrive in time gets a 408', async () => {
  const { port, access } = await start({ handlerTimeoutMs: 1_000 });
  const client = open(port);
  client.write(`${head('POST /echo', JSON_TYPE, 'Content-Length: 10')}{`);
  const response = await client.closed();
  expect(response).toMatch(/^HTTP\/1.1 408 /);
  expect(response).toContain('"code":"request_timeout"');
  await expect.poll(access).toMatchObject([{ status: 408, handler: '/echo' }]);
});

test('a body below the minimum rate gets a 408, and one above it is read', async () => {
  const { port } = await start({ minDataRate: 100, handlerTimeoutMs: 20_000 });
  const slow = open(port);
  const steady = open(port);
  for (const client of [slow, steady]) client.write(head('POST /echo', JSON_TYPE, 'Content-Length: 1200'));
  const drip = setInterval(() => {
    slow.write(' ');
    steady.write(' '.repeat(20));
  }, 100);
  try {
    expect(await slow.closed()).toMatch(/^HTTP\/1.1 408 /);
    expect(steady.received).toBe('');
    // White space is not JSON.
    expect(await steady.until('HTTP/1.1')).toMatch(/^HTTP\/1.1 400 /);
  } finally {
    clearInterval(drip);
    steady.leave();
  }
}, 20_000);

test('a body sent in one-byte chunks is rejected', async () => {
  const { port } = await startOnce();
  const client = open(port);
  client.write(head('POST /echo', JSON_TYPE, 'Transfer-Encoding: chunked'));
  client.write('1\r\n \r\n'.repeat(5000));
  expect(await client.closed()).toContain('"code":"body_fragmented"');
});

test('bodies that exceed the memory for all bodies get a 503, and the memory is freed afterwards', async () => {
  const { port, metrics, release } = await start({ bodyLimit: 64 * KIB, bodyMemory: 128 * KIB, clientShare: 1 });
  const body = JSON.stringify({ text: 'x'.repeat(50 * KIB) });
  const post = (path: string) => head(`POST ${path}`, JSON_TYPE, `Content-Length: ${body.length}`) + body;
  const held = [open(port), open(port)];
  for (const client of held) client.write(post('/held'));
  await expect.poll(metrics).toContain('http_requests_in_flight 2');
  const third = open(port);
  third.write(post('/echo'));
  const response = await third.closed();
  expect(response).toMatch(/^HTTP\/1.1 503 /);
  expect(response.toLowerCase()).toContain('retry-after: 1');
  expect(await metrics()).toContain('http_requests_rejected_total{reason="body_memory"} 1');
  const small = open(port);
  small.write(`${head('POST /echo', JSON_TYPE, 'Content-Length: 2')}{}`);
  await small.until('HTTP/1.1 200');
  release();
  for (const client of held) await client.until('done');
  for (let i = 0; i < 10; i++) {
    const client = open(port);
    client.write(post('/echo'));
    await client.until('HTTP/1.1 200');
    client.leave();
  }
  // The memory of clients that disconnect while sending is freed too.
  for (let i = 0; i < 10; i++) {
    const client = open(port);
    client.write(post('/echo').slice(0, -1));
    await expect.poll(metrics).toContain('http_requests_in_flight 1');
    client.leave();
    await expect.poll(metrics).toContain('http_requests_in_flight 0');
  }
  const last = open(port);
  last.write(post('/echo'));
  await last.until('HTTP/1.1 200');
  for (const client of [small, last, ...held]) client.leave();
});

test('requests whose body is still arriving do not occupy the slots for requests being served', async () => {
  const { port, metrics } = await start({ maxConcurrent: 4, clientShare: 1 });
  const waiting = [open(port), open(port)];
  for (const client of waiting) client.write(head('POST /echo', JSON_TYPE, 'Content-Length: 2'));
  await expect.poll(metrics).toContain('http_requests_in_flight 2');
  const third = open(port);
  third.write(head('POST /echo', JSON_TYPE, 'Content-Length: 2'));
  expect(await third.until('HTTP/1.1')).toMatch(/^HTTP\/1.1 503 /);
  for (let i = 0; i < 4; i++) expect((await fetch(`http://127.0.0.1:${port}/quick`)).status).toBe(200);
  for (const client of waiting) {
    client.write('{}');
    await client.until('{"body":{}}');
    client.leave();
  }
  third.leave();
  expect(await metrics()).toContain('http_requests_rejected_total{reason="concurrency"} 1');
});
