import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../metrics/metrics.ts';
import { createHttpClient, type HttpClientOptions } from './http-client.ts';
import type { Instance } from './targets.ts';

/** Starts a real server that counts its requests and connections. */
async function serve(listener: RequestListener) {
  const requests: IncomingMessage[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, requests, connections: () => connections };
}

const ok: RequestListener = (_request, response) => void response.end('fine');
const failing: RequestListener = (_request, response) => void response.writeHead(503).end('busy');
const hanging: RequestListener = () => {};
const resetting: RequestListener = (request) => void request.socket.resetAndDestroy();
const cutting: RequestListener = (request, response) => {
  response.writeHead(200, { 'content-length': '100' }).write('started');
  setImmediate(() => request.socket.resetAndDestroy());
};

const instance = (port: number, options: Partial<Instance> = {}): Instance => ({
  id: String(port),
  address: '127.0.0.1',
  port,
  meta: {},
  ...options,
});

/** Creates a client for which `service://orders` resolves to these instances, always in this order. */
function clientOf(ports: readonly number[] = [], options: HttpClientOptions = {}) {
  const metrics = createMetrics();
  const resolver = { resolve: async () => ports.map((port) => instance(port)) };
  const client = createHttpClient(options, { metrics, resolver });
  onTestFinished(() => client.close());
  const sent = async (labels: string) => {
    const { body } = await metrics.expose();
    const line = body.split('\n').find((text) => text.startsWith(`http_client_requests_total{${labels}}`));
    return Number(line?.split(' ')[1] ?? 0);
  };
  return { client, sent };
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a request to a plain URL returns status, headers and body for any status, and is counted', async () => {
  const { url, requests } = await serve((request, response) => {
    response.writeHead(request.url === '/a?b=c' ? 200 : 404, { 'X-Some': 'thing' }).end('hello');
  });
  const { client, sent } = clientOf();
  const response = await client.request(`${url}/a?b=c`, { requestId: 'r-1', headers: { accept: 'text/plain' } });
  expect([response.status, response.headers['x-some'], response.body.toString()]).toEqual([200, 'thing', 'hello']);
  expect(requests[0]?.headers).toMatchObject({ 'x-request-id': 'r-1', accept: 'text/plain' });
  expect((await client.request(`${url}/none`)).status).toBe(404);
  expect(await sent('target="127.0.0.1",method="GET",code="200"')).toBe(1);
  expect(await sent('target="127.0.0.1",method="GET",code="404"')).toBe(1);
});

test('a body is sent, and connections are reused', async () => {
  const { url, requests, connections } = await serve(async (request, response) => {
    response.end((await request.toArray()).join(''));
  });
  const { client } = clientOf();
  for (let count = 0; count < 20; count += 1) {
    expect((await client.request(url, { method: 'POST', body: `body ${count}` })).body.toString()).toBe(
      `body ${count}`,
    );
  }
  expect(requests).toHaveLength(20);
  // A second connection is opened if a request comes before the first one is back in the pool.
  expect(connections()).toBeLessThanOrEqual(2);
});

test.each([
  ['responds with 503', failing],
  ['resets the connection', resetting],
  ['resets during the response', cutting],
  ['hangs', hanging],
])('when an instance %s, the next one is tried', async (_what, listener) => {
  const [bad, good] = [await serve(listener), await serve(ok)];
  const { client } = clientOf([bad.port, good.port], { attemptTimeoutMs: 1_000 });
  expect((await client.request('service://orders/a?b')).body.toString()).toBe('fine');
  expect(good.requests.map(({ url }) => url)).toEqual(['/a?b']);
  expect(bad.requests).toHaveLength(1);
});

test('when an instance refuses the connection, the next one is tried', async () => {
  const good = await serve(ok);
  const { client, sent } = clientOf([await closedPort(), good.port]);
  expect((await client.request('service://orders/')).status).toBe(200);
  expect(await sent('target="orders",method="GET",code="connection"')).toBe(1);
});

test('a request that is not idempotent is never retried', async () => {
  for (const listener of [failing, resetting]) {
    const [bad, good] = [await serve(listener), await serve(ok)];
    const { client } = clientOf([bad.port, good.port]);
    await client.request('service://orders/', { method: 'POST' }).catch(() => {});
    expect([bad.requests.length, good.requests.length]).toEqual([1, 0]);
  }
});

test('after the last attempt, the caller gets the last response or the last error', async () => {
  const busy = await serve(failing);
  const { client } = clientOf();
  expect((await client.request(busy.url)).status).toBe(503);
  expect(busy.requests).toHaveLength(3);
  const gone = clientOf([await closedPort()]).client.request('service://orders/');
  await expect(gone).rejects.toMatchObject({ code: 'HTTP_CLIENT_CONNECTION', message: /ECONNREFUSED/ });
});

test('the deadline of a call covers all attempts and is reported as a timeout', async () => {
  const { url } = await serve(hanging);
  const { client } = clientOf([], { attemptTimeoutMs: 200, maxAttempts: 100, retryBudget: { burst: 100 } });
  const startedAt = performance.now();
  await expect(client.request(url, { timeoutMs: 700 })).rejects.toMatchObject({ code: 'HTTP_CLIENT_TIMEOUT' });
  expect(performance.now() - startedAt).toBeGreaterThan(600);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test("a caller that gives up gets its signal's reason, and the request is not retried", async () => {
  const server = await serve(hanging);
  const { client, sent } = clientOf();
  const controller = new AbortController();
  const reason = new Error('the user has left');
  const call = client.request(server.url, { signal: controller.signal });
  await expect.poll(() => server.requests.length).toBe(1);
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
  expect(server.requests).toHaveLength(1);
  expect(await sent('target="127.0.0.1",method="GET",code="cancelled"')).toBe(1);
});

test('retries do not exceed the budget, however many calls fail', async () => {
  const busy = await serve(failing);
  const { client } = clientOf([], { retryBudget: { ratio: 0.1, burst: 2 }, circuit: { failures: 1_000 } });
  for (let count = 0; count < 40; count += 1) await client.request(busy.url);
  // 40 calls, the initial 2 retries, and one retry for every ten calls.
  expect(busy.requests.length).toBeGreaterThanOrEqual(44);
  expect(busy.requests.length).toBeLessThanOrEqual(46);
});

test.each([
  [503, () => '1'],
  [429, () => '1'],
  [503, () => new Date(Date.now() + 2_000).toUTCString()],
])('after %d with Retry-After, the same instance is retried after that time', async (status, retryAfter) => {
  const times: number[] = [];
  const { url } = await serve((_request, response) => {
    times.push(performance.now());
    if (times.length > 1) response.end('fine');
    else response.writeHead(status, { 'retry-after': retryAfter() }).end();
  });
  expect((await clientOf().client.request(url)).status).toBe(200);
  const [first = 0, second = 0] = times;
  // A date has a resolution of one second, so two seconds from now are at least one.
  expect(second - first).toBeGreaterThan(990);
  expect(second - first).toBeLessThan(8_000);
});

test('if Retry-After exceeds the deadline of the call, it returns immediately and costs no retry', async () => {
  const busy = await serve((_request, response) => void response.writeHead(503, { 'retry-after': '60' }).end());
  const { client } = clientOf();
  const startedAt = performance.now();
  for (let count = 0; count < 4; count += 1) {
    expect((await client.request(busy.url, { timeoutMs: 30_000 })).status).toBe(503);
  }
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  expect(busy.requests).toHaveLength(4);
});

test("one instance's Retry-After delays neither the other instances nor a retry of them", async () => {
  const busy = await serve((_request, response) => void response.writeHead(503, { 'retry-after': '60' }).end());
  let requests = 0;
  const recovering = await serve((request, response) => {
    requests += 1;
    (requests === 1 ? failing : ok)(request, response);
  });
  const { client } = clientOf([busy.port, recovering.port]);
  expect((await client.request('service://orders/')).status).toBe(200);
  expect([busy.requests.length, recovering.requests.length]).toEqual([1, 2]);
});

test('429 without Retry-After is returned without a retry', async () => {
  const limited = await serve((_request, response) => void response.writeHead(429).end());
  expect((await clientOf().client.request(limited.url)).status).toBe(429);
  expect(limited.requests).toHaveLength(1);
});

test("a caller that gives up during a Retry-After pause gets its signal's reason", async () => {
  const busy = await serve((_request, response) => void response.writeHead(503, { 'retry-after': '3' }).end());
  const controller = new AbortController();
  const call = clientOf().client.request(busy.url, { signal: controller.signal });
  await expect.poll(() => busy.requests.length).toBe(1);
  controller.abort(new Error('left'));
  await expect(call).rejects.toThrow('left');
});

test('an instance that keeps failing is skipped and tried again after a while', async () => {
  let broken = true;
  const flaky = await serve((request, response) => (broken ? failing : ok)(request, response));
  const good = await serve(ok);
  const { client } = clientOf([flaky.port, good.port], { circuit: { failures: 3, openMs: 3_000 } });
  for (let count = 0; count < 10; count += 1) expect((await client.request('service://orders/')).status).toBe(200);
  expect(flaky.requests).toHaveLength(3);
  broken = false;
  await expect
    .poll(async () => (await client.request('service://orders/')).status && flaky.requests.length)
    .toBeGreaterThan(4);
});

test('when all circuits are open, a call fails immediately without sending a request', async () => {
  const busy = await serve(failing);
  const { client } = clientOf([busy.port], { maxAttempts: 1, circuit: { failures: 2, openMs: 60_000 } });
  expect((await client.request('service://orders/')).status).toBe(503);
  expect((await client.request('service://orders/')).status).toBe(503);
  await expect(client.request('service://orders/')).rejects.toMatchObject({ code: 'HTTP_CLIENT_UNAVAILABLE' });
  expect(busy.requests).toHaveLength(2);
});

test('callers that give up do not open a circuit', async () => {
  const slow = await serve((_request: IncomingMessage, response: ServerResponse) => {
    setTimeout(() => response.end('fine'), 1_000);
  });
  const { client } = clientOf([], { circuit: { failures: 1, openMs: 60_000 } });
  const controller = new AbortController();
  const call = client.request(slow.url, { signal: controller.signal });
  await expect.poll(() => slow.requests.length).toBe(1);
  controller.abort(new Error('left'));
  await expect(call).rejects.toThrow('left');
  expect((await client.request(slow.url)).status).toBe(200);
});

test('a service without instances is unavailable; a response that is too large fails without a retry', async () => {
  await expect(clientOf().client.request('service://orders/')).rejects.toMatchObject({
    code: 'HTTP_CLIENT_UNAVAILABLE',
    message: 'no healthy instance of orders',
  });
  const large = await serve((_request, response) => void response.end('x'.repeat(100_000)));
  const { client } = clientOf([], { maxBodyBytes: 1_000 });
  await expect(client.request(large.url)).rejects.toMatchObject({ code: 'HTTP_CLIENT_TOO_LARGE' });
  expect(large.requests).toHaveLength(1);
});

test('the number of series is bounded for any number of hosts and methods', async () => {
  const metrics = createMetrics();
  const client = createHttpClient({ maxAttempts: 1 }, { metrics });
  onTestFinished(() => client.close());
  const { url } = await serve(ok);
  for (let count = 0; count < 150; count += 1) await client.request(url, { target: `t${count}`, method: 'PROPFIND' });
  const { body } = await metrics.expose();
  const series = body.split('\n').filter((line) => line.startsWith('http_client_requests_total'));
  expect(series).toHaveLength(101);
  expect(series.at(-1)).toBe('http_client_requests_total{target="_OTHER",method="_OTHER",code="200"} 50');
});
