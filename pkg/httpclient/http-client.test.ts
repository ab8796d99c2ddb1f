import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../metrics/metrics.ts';
import { createHttpClient, type HttpClientOptions } from './http-client.ts';
import type { Instance } from './resolver.ts';

/** A real server; counts its requests and its connections. */
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
  response.writeHead(200, { 'content-length': '100' }).write('begun');
  setImmediate(() => request.socket.resetAndDestroy());
};

const instance = (port: number, options: Partial<Instance> = {}): Instance => ({
  id: String(port),
  address: '127.0.0.1',
  port,
  meta: {},
  ...options,
});

/** A client for which `service://orders` has these instances, always in this order. */
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

async function refusingPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a plain URL gives status, headers and body, whatever the status, and each is counted', async () => {
  const { url, requests } = await serve((request, response) => {
    response.writeHead(request.url === '/a?b=c' ? 200 : 404, { 'X-Some': 'thing' }).end('hello');
  });
  const { client, sent } = clientOf();
  const answer = await client.request(`${url}/a?b=c`, { requestId: 'r-1', headers: { accept: 'text/plain' } });
  expect([answer.status, answer.headers['x-some'], answer.body.toString()]).toEqual([200, 'thing', 'hello']);
  expect(requests[0]?.headers).toMatchObject({ 'x-request-id': 'r-1', accept: 'text/plain' });
  expect((await client.request(`${url}/none`)).status).toBe(404);
  expect(await sent('target="127.0.0.1",method="GET",code="200"')).toBe(1);
  expect(await sent('target="127.0.0.1",method="GET",code="404"')).toBe(1);
});

test('a body is sent, and connections are used again', async () => {
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
  // A second one is opened when a request comes before the first one has been given back.
  expect(connections()).toBeLessThanOrEqual(2);
});

test.each([
  ['answers 503', failing],
  ['resets the connection', resetting],
  ['resets in the middle of the answer', cutting],
  ['hangs', hanging],
])('when an instance %s, the next one is asked', async (_what, listener) => {
  const [bad, good] = [await serve(listener), await serve(ok)];
  const { client } = clientOf([bad.port, good.port], { attemptTimeoutMs: 300 });
  expect((await client.request('service://orders/a?b')).body.toString()).toBe('fine');
  expect(good.requests.map(({ url }) => url)).toEqual(['/a?b']);
  expect(bad.requests).toHaveLength(1);
});

test('when an instance refuses the connection, the next one is asked', async () => {
  const good = await serve(ok);
  const { client, sent } = clientOf([await refusingPort(), good.port]);
  expect((await client.request('service://orders/')).status).toBe(200);
  expect(await sent('target="orders",method="GET",code="connection"')).toBe(1);
});

test('what is not idempotent is sent once, whatever happens', async () => {
  for (const listener of [failing, resetting]) {
    const [bad, good] = [await serve(listener), await serve(ok)];
    const { client } = clientOf([bad.port, good.port]);
    await client.request('service://orders/', { method: 'POST' }).catch(() => {});
    expect([bad.requests.length, good.requests.length]).toEqual([1, 0]);
  }
});

test('after the last attempt the caller has the last answer, or the last error', async () => {
  const busy = await serve(failing);
  const { client } = clientOf();
  expect((await client.request(busy.url)).status).toBe(503);
  expect(busy.requests).toHaveLength(3);
  const gone = clientOf([await refusingPort()]).client.request('service://orders/');
  await expect(gone).rejects.toMatchObject({ code: 'HTTP_CLIENT_CONNECTION', message: /ECONNREFUSED/ });
});

test('the deadline of the call holds over all attempts, and is told as a time limit', async () => {
  const { url } = await serve(hanging);
  const { client } = clientOf([], { attemptTimeoutMs: 200, maxAttempts: 100, retryBudget: { burst: 100 } });
  const begun = performance.now();
  await expect(client.request(url, { timeoutMs: 700 })).rejects.toMatchObject({ code: 'HTTP_CLIENT_TIMEOUT' });
  expect(performance.now() - begun).toBeGreaterThan(600);
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test('a caller that gives up gets its own reason, and nothing is sent again', async () => {
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

test('retries are no more than the budget, however many calls fail', async () => {
  const busy = await serve(failing);
  const { client } = clientOf([], { retryBudget: { ratio: 0.1, burst: 2 }, circuit: { failures: 1_000 } });
  for (let count = 0; count < 40; count += 1) await client.request(busy.url);
  // 40 calls, the 2 retries at hand and one for each ten calls.
  expect(busy.requests.length).toBeGreaterThanOrEqual(44);
  expect(busy.requests.length).toBeLessThanOrEqual(46);
});

test.each([
  [503, () => '1'],
  [429, () => '1'],
  [503, () => new Date(Date.now() + 2_000).toUTCString()],
])('after %d with Retry-After the same instance is asked again when it said so', async (status, retryAfter) => {
  const times: number[] = [];
  const { url } = await serve((_request, response) => {
    times.push(performance.now());
    if (times.length > 1) response.end('fine');
    else response.writeHead(status, { 'retry-after': retryAfter() }).end();
  });
  expect((await clientOf().client.request(url)).status).toBe(200);
  const [first = 0, second = 0] = times;
  // A date has whole seconds: two from now are at least one.
  expect(second - first).toBeGreaterThan(990);
  expect(second - first).toBeLessThan(3_500);
});

test('a pause past the time limit of the call is not begun, and costs no retry', async () => {
  const busy = await serve((_request, response) => void response.writeHead(503, { 'retry-after': '60' }).end());
  const { client } = clientOf();
  const started = performance.now();
  for (let count = 0; count < 4; count += 1) expect((await client.request(busy.url)).status).toBe(503);
  expect(performance.now() - started).toBeLessThan(4_000);
  expect(busy.requests).toHaveLength(4);
});

test('a pause that one instance asked for keeps no call from another instance, nor from its own return', async () => {
  const busy = await serve((_request, response) => void response.writeHead(503, { 'retry-after': '60' }).end());
  let asked = 0;
  const recovering = await serve((request, response) => {
    asked += 1;
    (asked === 1 ? failing : ok)(request, response);
  });
  const { client } = clientOf([busy.port, recovering.port]);
  expect((await client.request('service://orders/')).status).toBe(200);
  expect([busy.requests.length, recovering.requests.length]).toEqual([1, 2]);
});

test('429 without Retry-After is the answer', async () => {
  const limited = await serve((_request, response) => void response.writeHead(429).end());
  expect((await clientOf().client.request(limited.url)).status).toBe(429);
  expect(limited.requests).toHaveLength(1);
});

test('a caller that gives up during a pause gets its own reason', async () => {
  const busy = await serve((_request, response) => void response.writeHead(503, { 'retry-after': '3' }).end());
  const controller = new AbortController();
  const call = clientOf().client.request(busy.url, { signal: controller.signal });
  await expect.poll(() => busy.requests.length).toBe(1);
  controller.abort(new Error('left'));
  await expect(call).rejects.toThrow('left');
});

test('an instance that goes on failing is left alone, and asked again after a while', async () => {
  let broken = true;
  const flaky = await serve((request, response) => (broken ? failing : ok)(request, response));
  const good = await serve(ok);
  const { client } = clientOf([flaky.port, good.port], { circuit: { failures: 3, openMs: 1_000 } });
  for (let count = 0; count < 10; count += 1) expect((await client.request('service://orders/')).status).toBe(200);
  expect(flaky.requests).toHaveLength(3);
  broken = false;
  await expect
    .poll(async () => (await client.request('service://orders/')).status && flaky.requests.length, { timeout: 5_000 })
    .toBeGreaterThan(4);
});

test('when all circuits are open it fails at once and asks nobody', async () => {
  const busy = await serve(failing);
  const { client } = clientOf([busy.port], { maxAttempts: 1, circuit: { failures: 2, openMs: 60_000 } });
  expect((await client.request('service://orders/')).status).toBe(503);
  expect((await client.request('service://orders/')).status).toBe(503);
  await expect(client.request('service://orders/')).rejects.toMatchObject({ code: 'HTTP_CLIENT_UNAVAILABLE' });
  expect(busy.requests).toHaveLength(2);
});

test('callers that give up open no circuit', async () => {
  const slow = await serve((_request: IncomingMessage, response: ServerResponse) => {
    setTimeout(() => response.end('fine'), 200);
  });
  const { client } = clientOf([], { circuit: { failures: 1, openMs: 60_000 } });
  const controller = new AbortController();
  const call = client.request(slow.url, { signal: controller.signal });
  await expect.poll(() => slow.requests.length).toBe(1);
  controller.abort(new Error('left'));
  await expect(call).rejects.toThrow('left');
  expect((await client.request(slow.url)).status).toBe(200);
});

test('a service without an instance is unavailable; an answer that is too large is not taken, nor asked for again', async () => {
  await expect(clientOf().client.request('service://orders/')).rejects.toMatchObject({
    code: 'HTTP_CLIENT_UNAVAILABLE',
    message: 'no healthy instance of orders',
  });
  const large = await serve((_request, response) => void response.end('x'.repeat(100_000)));
  const { client } = clientOf([], { maxBodyBytes: 1_000 });
  await expect(client.request(large.url)).rejects.toMatchObject({ code: 'HTTP_CLIENT_TOO_LARGE' });
  expect(large.requests).toHaveLength(1);
});

test('the number of series is bounded, however many hosts and methods there are', async () => {
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
