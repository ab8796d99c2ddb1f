import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { afterEach, expect, test } from 'vitest';
import { createObservedServer } from '../../template/support/observed-server.ts';
import { bytesSent } from './connection/node/bytes-sent.ts';
import { ProblemError } from './problem/problem.ts';
import type { HttpApp, HttpServer } from './server.ts';
import type { HttpServerOptions } from './server-options.ts';

let running: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(running.map((server) => server.close(AbortSignal.timeout(500))));
  running = [];
});

async function start(routes: (app: HttpApp) => void, options: Partial<HttpServerOptions> = {}) {
  const { server, lines, access, metrics } = await createObservedServer(options);
  routes(server.app);
  await server.listen();
  running.push(server);
  const port = server.address()?.port ?? 0;
  return { server, port, lines, access, metrics, url: `http://127.0.0.1:${port}` };
}

function echoRoutes(app: HttpApp): void {
  app.get('/things/:id', async (request) => ({ id: request.id }));
  app.post(
    '/things',
    { schema: { body: Type.Object({ on: Type.Boolean() }, { additionalProperties: false }) } },
    async () => ({}),
  );
  app.get('/stream', async (_request, reply) => reply.send(Readable.from(['a', 'b'])));
  app.get('/healthz', { config: { probe: true } }, async () => 'ok');
}

/** Sends bytes as they are and reads until the server closes the connection. */
async function raw(port: number, ...chunks: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  for (const chunk of chunks) socket.write(chunk);
  await once(socket, 'close', { signal: AbortSignal.timeout(30_000) });
  return received;
}

test('a request is logged once, when it has ended, without its query', async () => {
  const { url, access } = await start(echoRoutes);
  const response = await fetch(`${url}/things/7?token=s3cret`, { headers: { 'x-request-id': 'abc-1' } });
  expect(response.headers.get('x-request-id')).toBe('abc-1');
  const body = await response.text();
  await expect.poll(access).toHaveLength(1);
  expect(access()[0]).toMatchObject({
    method: 'GET',
    path: '/things/7',
    handler: '/things/{id}',
    status: 200,
    bytes: body.length,
    request_id: 'abc-1',
    remote_address: '127.0.0.1',
    duration_ms: expect.any(Number),
  });
  expect(JSON.stringify(access())).not.toContain('s3cret');
});

test.each(['', 'a b', 'x'.repeat(129), 'ä', 'a\tb'])('the request id %j is replaced', async (id) => {
  const { url } = await start(echoRoutes);
  const response = await fetch(`${url}/things/7`, {
    headers: { 'x-request-id': encodeURI(id) === id ? id : encodeURI(id) },
  });
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('probes are counted and not logged', async () => {
  const { url, access, metrics } = await start(echoRoutes);
  await (await fetch(`${url}/healthz`)).text();
  await (await fetch(`${url}/things/1`)).text();
  await expect.poll(access).toHaveLength(1);
  expect(await metrics()).toContain('http_requests_total{method="GET",handler="/healthz",code="200"} 1');
});

test('all requests without a route share one series, whatever their path and method', async () => {
  const { url, port, metrics } = await start(echoRoutes);
  for (let i = 0; i < 3; i++) expect((await fetch(`${url}/nothing/${i}`)).status).toBe(404);
  expect(await raw(port, 'PROPFIND /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toContain(' 404 ');
  const text = await metrics();
  expect(text).toContain('http_requests_total{method="GET",handler="unmatched",code="404"} 3');
  expect(text).toContain('http_requests_total{method="_OTHER",handler="unmatched",code="404"} 1');
});

test('a known path with the wrong method gets a 405 with Allow', async () => {
  const { url } = await start(echoRoutes);
  const response = await fetch(`${url}/things/1`, { method: 'DELETE' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ status: 405, code: 'method_not_allowed', title: 'Method Not Allowed' });
});

test('a HEAD request is counted as HEAD', async () => {
  const { url, metrics } = await start(echoRoutes);
  await fetch(`${url}/things/1`, { method: 'HEAD' });
  await expect.poll(metrics).toContain('http_requests_total{method="HEAD",handler="/things/{id}",code="200"} 1');
});

test('a validation failure lists every field', async () => {
  const { url } = await start(echoRoutes);
  const response = await fetch(`${url}/things`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ on: 'true', extra: 1 }),
  });
  expect(response.status).toBe(422);
  const { code, errors } = JSON.parse(await response.text());
  expect(code).toBe('validation_failed');
  expect(errors).toEqual([
    { in: 'body', pointer: '/extra', message: 'must NOT have additional properties' },
    { in: 'body', pointer: '/on', message: 'must be boolean' },
  ]);
});

test.each([
  ['malformed JSON', '{"on":', 'application/json', 400, 'malformed_json'],
  ['an empty body', '', 'application/json', 422, 'validation_failed'],
  ['a __proto__ key', '{"__proto__":{"on":true}}', 'application/json', 400, 'malformed_json'],
  ['another content type', 'on=true', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
  ['a body too large', `{"on":${' '.repeat(2048)}true}`, 'application/json', 413, 'body_too_large'],
])('%s is rejected', async (_what, body, type, status, code) => {
  const { url } = await start(echoRoutes, { bodyLimit: 1024 });
  const response = await fetch(`${url}/things`, { method: 'POST', headers: { 'content-type': type }, body });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ status, code });
  expect((await fetch(`${url}/things/1`)).status).toBe(200);
});

test('a 500 reveals nothing, and the log has the error', async () => {
  const { url, lines } = await start((app) => {
    app.get('/throws', () => {
      throw new Error('password is hunter2 in /etc/secret');
    });
    app.get('/rejects', async () => Promise.reject('not even an error'));
  });
  for (const path of ['/throws', '/rejects']) {
    const response = await fetch(url + path);
    expect(response.status).toBe(500);
    const body = await response.text();
    expect(body).toContain('internal_error');
    expect(body).not.toMatch(/hunter2|secret|not even|\.ts/);
  }
  expect(JSON.stringify(lines.filter((line) => line.msg === 'request failed'))).toMatch(/hunter2.*server\.test\.ts/);
});

test('a problem thrown below a route is sent as it is', async () => {
  const { url } = await start((app) => {
    app.get('/full', () => {
      throw new ProblemError({
        status: 503,
        code: 'store_full',
        detail: 'Come back.',
        headers: { 'retry-after': '7' },
      });
    });
  });
  const response = await fetch(`${url}/full`);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('7');
  expect(await response.json()).toMatchObject({
    code: 'store_full',
    detail: 'Come back.',
    requestId: expect.any(String),
  });
});

test('a handler that takes too long gets a 503, and its signal aborts', async () => {
  const aborted = Promise.withResolvers<string>();
  const { url, lines } = await start(
    (app) => {
      app.get('/slow', async (request) => {
        await once(request.signal, 'abort');
        aborted.resolve('aborted');
        return new Promise(() => {});
      });
    },
    { handlerTimeoutMs: 50 },
  );
  const response = await fetch(`${url}/slow`);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await response.json()).toMatchObject({ code: 'handler_timeout' });
  expect(await aborted.promise).toBe('aborted');
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'handler timed out', handler: '/slow' }));
});

const UNPARSABLE: [what: string, bytes: string, status: number][] = [
  ['garbage', 'garbage\r\n\r\n', 400],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['a header of 64 KB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(65536)}\r\n\r\n`, 431],
  ['a million query parameters', `GET /things/1?${'a=1&'.repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ['no Host', 'GET /things/1 HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['NUL in the path', 'GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['invalid UTF-8 in the path', 'GET /things/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
  ['an unknown expectation', 'GET /things/1 HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n', 417],
];

test('a client that disconnects aborts the signal of its request, even without a body', async () => {
  const aborted = Promise.withResolvers<string>();
  const { port, metrics } = await start((app) => {
    app.get('/slow', async (request) => {
      await once(request.signal, 'abort');
      aborted.resolve('aborted');
    });
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  socket.destroy();
  expect(await aborted.promise).toBe('aborted');
});

test('a client that is still sending a body that is too large gets its response', async () => {
  const { port } = await start(echoRoutes, { bodyLimit: 1024 });
  const size = 32 * 1024 * 1024;
  const head = `POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`;
  expect(await raw(port, head, 'x'.repeat(size))).toMatch(/^HTTP\/1.1 413 /);
});

test.each(UNPARSABLE.map(([what, , status], index) => [what, status, index] as const))(
  '%s gets %i with a problem document and is counted',
  async (_what, status, index) => {
    const bytes = UNPARSABLE[index]?.[1] ?? '';
    const { url, port, metrics } = await start(echoRoutes);
    const received = await raw(port, bytes);
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status, requestId: expect.any(String) });
    await expect.poll(metrics).toMatch(new RegExp(`http_requests_total\\{.*handler="unmatched",code="${status}"\\} 1`));
    expect((await fetch(`${url}/things/1`)).status).toBe(200);
  },
);

test('garbage after a valid request is rejected after the response to that request', async () => {
  const { port } = await start((app) => {
    app.get('/slow', async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'done';
    });
  });
  const received = await raw(port, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n', 'garbage\r\n\r\n');
  expect(received).toMatch(/^HTTP\/1.1 200 OK.*done.*HTTP\/1.1 400 /s);
});

test('a chunked body that never ends gets 408 within the time limit', async () => {
  const { port, access, metrics } = await start(echoRoutes, { requestTimeoutMs: 300, headersTimeoutMs: 300 });
  const received = await raw(
    port,
    'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    '1\r\n{\r\n',
  );
  expect(received).toMatch(/^HTTP\/1.1 408 /);
  await expect.poll(access).toMatchObject([{ status: 408, handler: '/things', aborted: 'timeout' }]);
  expect(await metrics()).toContain('http_requests_aborted_total{reason="timeout"} 1');
});

test('a client that disconnects is counted as aborted, even after its body was read', async () => {
  const { port, access, metrics } = await start((app) => {
    app.post('/wait', () => new Promise(() => {}));
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /wait HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  socket.destroy();
  await expect.poll(access).toMatchObject([{ status: 499, aborted: 'client', handler: '/wait' }]);
  const text = await metrics();
  expect(text).toContain('http_requests_aborted_total{reason="client"} 1');
  expect(text).toContain('http_requests_in_flight 0');
});

test('the bytes of a stream are counted', async () => {
  const { url, access } = await start(echoRoutes);
  expect(await (await fetch(`${url}/stream`)).text()).toBe('ab');
  await expect.poll(access).toHaveLength(1);
  expect(access()[0]?.bytes).toBeGreaterThanOrEqual(2);
});

test('X-Forwarded-For is ignored, with one warning, unless a proxy is trusted', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.9' };
  const open = await start(echoRoutes);
  for (let i = 0; i < 3; i++) await fetch(`${open.url}/things/1`, { headers });
  await expect.poll(open.access).toHaveLength(3);
  expect(open.access()[0]?.remote_address).toBe('127.0.0.1');
  expect(open.lines.filter((line) => String(line.msg).includes('http.trustProxy'))).toHaveLength(1);

  const behind = await start(echoRoutes, { trustProxy: ['127.0.0.0/8'] });
  await fetch(`${behind.url}/things/1`, { headers });
  await expect.poll(behind.access).toMatchObject([{ remote_address: '203.0.113.9' }]);
});

test('connections over the limit are dropped and counted', async () => {
  const { port, metrics } = await start(echoRoutes, { maxConnections: 1 });
  const first = connect(port, '127.0.0.1');
  await once(first, 'connect');
  const second = connect(port, '127.0.0.1').on('error', () => {});
  await once(second, 'close');
  expect(await metrics()).toContain('http_connections_dropped_total 1');
  first.destroy();
});

test('if the oldest connection is evicted, idle connections lock out no client', async () => {
  const { port, url, metrics } = await start(
    (app) => {
      echoRoutes(app);
      app.get('/slow', async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return 'done';
      });
    },
    { maxConnections: 5, closeOverLimit: 'oldest' },
  );
  const working = raw(port, 'GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  const idle: Socket[] = [];
  for (let i = 0; i < 20; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    idle.push(socket);
  }
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await working).toContain('done');
  await expect.poll(() => idle.filter(({ closed }) => closed).length).toBeGreaterThan(14);
  expect(await metrics()).toMatch(/http_connections_dropped_total 1\d/);
  for (const socket of idle) socket.destroy();
});

test('the error for a port in use names its configuration keys', async () => {
  const { port } = await start(echoRoutes);
  await expect(start(echoRoutes, { port })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${port} (http.host, http.port): the address is already in use`,
  );
});

test.each(['DELETE', 'PUT'])('a %s with a content type and no body is served at once', async (method) => {
  const { port } = await start((app) => {
    app.route({ method, url: '/things/:id', handler: async (request) => ({ body: request.body ?? 'none' }) });
  });
  const head = `${method} /things/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n`;
  expect(await raw(port, head)).toContain('{"body":"none"}');
});

test('while draining, requests are served and responses have Connection: close', async () => {
  const { server, url } = await start(echoRoutes);
  expect((await fetch(`${url}/things/1`)).headers.get('connection')).toBe('keep-alive');
  server.drain();
  const response = await fetch(`${url}/things/1`);
  expect(response.status).toBe(200);
  expect(response.headers.get('connection')).toBe('close');
});

test('while draining, only the last response to a client that pipelines has Connection: close', async () => {
  const { server, port } = await start(echoRoutes);
  server.drain();
  const received = await raw(port, 'GET /things/1 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4));
  const connections = [...received.matchAll(/^connection: (.*)$/gim)].map(([, value]) => value);
  expect(connections).toEqual(['keep-alive', 'keep-alive', 'keep-alive', 'close']);
});

test('while closing, all pipelined requests get their responses', async () => {
  const gate = Promise.withResolvers<string>();
  const { server, port, metrics } = await start((app) => {
    app.get('/slow', () => gate.promise);
    app.get('/fast', async () => 'fast');
  });
  const received = raw(port, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  const pipelined = raw(
    port,
    `${'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'}${'GET /fast HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3)}`,
  );
  await expect.poll(metrics).toContain('http_requests_in_flight 5');
  const closed = server.close();
  gate.resolve('slow');
  expect((await received).match(/HTTP\/1.1 200/g)).toHaveLength(1);
  expect((await pipelined).match(/HTTP\/1.1 200/g)).toHaveLength(4);
  await closed;
});

test('requests after a response with Connection: close are not processed', async () => {
  const gate = Promise.withResolvers<string>();
  let writes = 0;
  const { server, port, metrics } = await start((app) => {
    app.get('/slow', () => gate.promise);
    app.get('/fast', async () => 'fast');
    app.delete('/things/:id', async () => void writes++);
  });
  server.drain();
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.write(get('/slow') + get('/fast'));
  // The response to /fast is complete and waits for the one before it.
  await expect.poll(metrics).toContain('http_requests_in_flight 2');
  socket.write('DELETE /things/1 HTTP/1.1\r\nHost: x\r\n\r\n');
  await (await fetch(`http://127.0.0.1:${port}/fast`)).text();
  gate.resolve('slow');
  await once(socket, 'close', { signal: AbortSignal.timeout(30_000) });
  expect(received.match(/HTTP\/1.1 200/g)).toHaveLength(2);
  expect(writes).toBe(0);
});

test('close serves connections that still wait to be accepted', async () => {
  const { server, port } = await start(echoRoutes);
  const clients = Array.from({ length: 20 }, () => connect(port, '127.0.0.1').setEncoding('latin1'));
  for (const client of clients) client.write('GET /things/1 HTTP/1.1\r\nHost: x\r\n\r\n');
  const connected = clients.map((client) => once(client, 'connect'));
  const responses = clients.map(async (client) => {
    let received = '';
    for await (const text of client) received += text;
    return received;
  });
  await Promise.all(connected);
  await server.close();
  const complete = (await Promise.all(responses)).filter((received) => received.startsWith('HTTP/1.1 200'));
  expect(complete).toHaveLength(clients.length);
});

test('close waits for a response that its client reads slowly', async () => {
  const body = 'x'.repeat(32 * 1024 * 1024);
  const { server, port } = await start((app) => {
    app.get('/large', async () => body);
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'readable');
  const closed = server.close();
  await expect.poll(() => server.listening).toBe(false);
  let received = 0;
  for await (const chunk of socket) received += chunk.length;
  expect(received).toBeGreaterThan(body.length);
  await closed;
});

test('close waits for the request in flight and not for its keep-alive connection', async () => {
  const work = Promise.withResolvers<string>();
  const { server, url, metrics } = await start((app) => {
    app.get('/slow', () => work.promise);
  });
  const response = fetch(`${url}/slow`);
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  const silent = connect(server.address()?.port ?? 0, '127.0.0.1').on('error', () => {});
  await once(silent, 'connect');
  const closed = server.close();
  work.resolve('done');
  expect(await (await response).text()).toBe('done');
  const closing = await Promise.race([
    closed.then(() => 'closed'),
    new Promise((resolve) => setTimeout(resolve, 20_000).unref()),
  ]);
  expect(closing).toBe('closed');
});

test('close closes the remaining connections when its signal aborts, and counts them', async () => {
  const { server, port, metrics, access } = await start((app) => {
    app.get('/hangs', () => new Promise(() => {}));
  });
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write('GET /hangs HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  await server.close(AbortSignal.timeout(50));
  await expect.poll(access).toMatchObject([{ aborted: 'shutdown', status: 499 }]);
  expect(await metrics()).toContain('http_requests_aborted_total{reason="shutdown"} 1');
});

test.each([true, false])(
  'with gatherWrites %s, a response waits for the end of the event loop turn or not',
  async (gatherWrites) => {
    let waits: boolean | undefined;
    const { url } = await start(
      (app) => {
        app.get('/', (request, reply) => {
          const { socket } = request.raw;
          reply.hijack().raw.end('ok');
          waits = bytesSent(socket) === 0;
        });
      },
      { gatherWrites },
    );
    expect(await (await fetch(`${url}/`)).text()).toBe('ok');
    expect(waits).toBe(gatherWrites);
  },
);
