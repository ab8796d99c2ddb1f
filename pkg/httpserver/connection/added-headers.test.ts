import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createRateLimit } from '../admission/rate-limit.ts';
import { createHttpServer } from '../server.ts';
import type { HttpServerDependencies, HttpServerOptions } from '../server-options.ts';
import { responseWithHeaders } from './added-headers.ts';

async function serve(options: Partial<HttpServerOptions> = {}, dependencies: Partial<HttpServerDependencies> = {}) {
  const logger = pino({ level: 'silent' });
  const server = createHttpServer(
    { name: 'http', host: '127.0.0.1', port: 0, ...options },
    { logger, ...dependencies },
  );
  onTestFinished(() => server.close());
  server.app.get('/json', async () => ({}));
  server.app.put('/json', { schema: { response: { 204: {} } } }, async (_request, reply) => reply.code(204).send());
  server.app.get('/stream', async (_request, reply) => reply.send(Readable.from(['a'])));
  server.app.get('/own', async (_request, reply) =>
    reply.header('content-security-policy', "default-src 'self'").send(),
  );
  server.app.get('/own-stream', async (_request, reply) =>
    reply.header('content-security-policy', "default-src 'self'").send(Readable.from(['a'])),
  );
  server.app.get('/own-id', async (_request, reply) =>
    reply.headers({ 'x-request-id': 'own', ratelimit: 'own' }).send(),
  );
  await server.listen();
  return server.address()?.port ?? 0;
}

/** The headers of the response to bytes, by name; a repeated name has both values. */
async function headersOf(port: number, bytes: string): Promise<Record<string, string>> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.write(bytes);
  await once(socket, 'close');
  const [, ...lines] = (received.split('\r\n\r\n')[0] ?? '').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/: (.*)/);
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]} | ${value}` : value;
  }
  return headers;
}

const ask = (target: string, extra = '') => `${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${extra}\r\n`;

const EXPECTED = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

test.each([
  ['a response', ask('GET /json')],
  ['a response without a body', ask('PUT /json')],
  ['a stream', ask('GET /stream')],
  ['a 404', ask('GET /nothing')],
  ['a rejection before Fastify is involved', 'GET /json HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['bytes that are not a request', 'garbage\r\n\r\n'],
])('%s has the security headers once, and no header that identifies the software', async (_what, bytes) => {
  const headers = await headersOf(await serve(), bytes);
  expect(headers).toMatchObject(EXPECTED);
  expect(headers).not.toHaveProperty('server');
  expect(headers).not.toHaveProperty('x-powered-by');
  // Without TLS, browsers ignore this header, and a proxy that terminates TLS sends its own.
  expect(headers).not.toHaveProperty('strict-transport-security');
});

test.each(['/own', '/own-stream'])('a route may override the security headers (%s)', async (path) => {
  const headers = await headersOf(await serve(), ask(`GET ${path}`));
  expect(headers).toMatchObject({ ...EXPECTED, 'content-security-policy': "default-src 'self'" });
});

test('a route may override the headers of the exchange, and no header is sent twice', async () => {
  const port = await serve({}, { rateLimit: createRateLimit({ max: 10, windowMs: 60_000 }) });
  expect(await headersOf(port, ask('GET /json', 'X-Request-Id: sent\r\n'))).toMatchObject({
    'x-request-id': 'sent',
    'ratelimit-policy': '"default";q=10;w=60',
    ratelimit: expect.stringMatching(/^"default";r=9;t=\d+$/),
  });
  expect(await headersOf(port, ask('GET /own-id', 'X-Request-Id: sent\r\n'))).toMatchObject({
    ...EXPECTED,
    'x-request-id': 'own',
    'ratelimit-policy': '"default";q=10;w=60',
    ratelimit: 'own',
  });
});

const OWN = "default-src 'self'";

test.each<[string, (response: ServerResponse) => void, string]>([
  ['an object', (response) => response.writeHead(200, { 'content-security-policy': OWN }), OWN],
  ['a text and an object', (response) => response.writeHead(200, 'Fine', { 'content-security-policy': OWN }), OWN],
  ['a list', (response) => response.writeHead(200, ['x-a', ['1', '2'], 'Content-Security-Policy', OWN]), OWN],
  ['setHeader', (response) => response.setHeader('Content-Security-Policy', OWN).writeHead(200), OWN],
  ['nothing', (response) => response.writeHead(200), EXPECTED['content-security-policy']],
  ['no head', () => {}, EXPECTED['content-security-policy']],
])('a handler that writes the head itself, with %s', async (_what, writeHead, policy) => {
  const server = createServer({ ServerResponse: responseWithHeaders({ tls: false }) }, (_request, response) => {
    writeHead(response);
    response.end('ok');
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  expect(await headersOf(port, ask('GET /'))).toMatchObject({ ...EXPECTED, 'content-security-policy': policy });
});

test('pages of other origins may not call the service unless they are listed', async () => {
  const origin = 'Origin: https://app.example.com\r\n';
  const preflight = ask('OPTIONS /json', `${origin}Access-Control-Request-Method: PUT\r\n`);
  const closed = await serve();
  for (const bytes of [ask('GET /json', origin), preflight]) {
    expect(Object.keys(await headersOf(closed, bytes)).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
  const open = await serve({ cors: { origins: ['https://app.example.com'] } });
  expect(await headersOf(open, preflight)).toMatchObject({
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-methods': 'GET, HEAD, PUT',
    vary: 'Origin',
  });
  const allowed = await headersOf(open, ask('GET /json', origin));
  expect(allowed).toMatchObject({ 'access-control-allow-origin': 'https://app.example.com', vary: 'Origin' });
  expect(allowed).not.toHaveProperty('access-control-allow-credentials');
  for (const other of ['https://app.example.com.evil.example', 'http://app.example.com', 'null', '*']) {
    const headers = await headersOf(open, ask('GET /json', `Origin: ${other}\r\n`));
    expect(headers, other).not.toHaveProperty('access-control-allow-origin');
    expect(headers.vary).toBe('Origin');
  }
});
