import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { bareServer, portOf } from '../../template/support/bare-server.ts';
import { bearerToken } from './bearer-token.ts';

/** The request as a server of Node receives it. */
async function received(headers: string): Promise<IncomingMessage> {
  const server = await bareServer((_request, response) => response.end());
  connect(portOf(server), '127.0.0.1').end(`GET / HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
  const [request] = await once(server, 'request');
  return request;
}

test('Node takes the first of two Authorization headers, so two are malformed', async () => {
  const request = await received('Authorization: Bearer first\r\nauthorization: Bearer second\r\n');
  expect(request.headers.authorization).toBe('Bearer first');
  expect(bearerToken(request)).toEqual({ fault: 'malformed' });
});

test.each([
  ['', { fault: 'missing' }],
  ['Authorization: bearer a.b-c_d~e+f/g==\r\n', { token: 'a.b-c_d~e+f/g==' }],
  ['Authorization: Bearer\r\n', { fault: 'malformed' }],
  ['Authorization: Bearer a b\r\n', { fault: 'malformed' }],
  ['Authorization: Basic YTpi\r\n', { fault: 'malformed' }],
  [`Authorization: Bearer ${'a'.repeat(8186)}\r\n`, { fault: 'malformed' }],
])('%j is %o', async (headers, expected) => {
  expect(bearerToken(await received(headers))).toEqual(expected);
});
