import { Type } from 'typebox';
import { afterEach, expect, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';
import type { HttpServer } from '../server.ts';
import type { HttpServerOptions } from '../server-options.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';

let running: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(running.map((server) => server.close(AbortSignal.timeout(500))));
  running = [];
});

async function start(options: Partial<HttpServerOptions>, rateLimit?: RateLimit) {
  const { server, lines, access, metrics } = await createObservedServer(options, rateLimit && { rateLimit });
  const held = Promise.withResolvers<void>();
  server.app.get('/held', async () => {
    await held.promise;
    return 'done';
  });
  server.app.get('/quick', async () => 'done');
  const body = Type.Object({ on: Type.Boolean() }, { additionalProperties: false });
  server.app.post('/body', { schema: { body } }, async () => 'done');
  server.app.get('/healthz', { config: { probe: true } }, async () => 'ok');
  await server.listen();
  running.push(server);
  const url = `http://127.0.0.1:${server.address()?.port}`;
  return {
    url,
    release: held.resolve,
    access,
    warnings: () => lines.filter(({ level }) => level === 'warn'),
    metrics,
    ask: async (path: string, init?: RequestInit) => {
      const response = await fetch(url + path, init);
      return { status: response.status, headers: response.headers, body: await response.text() };
    },
  };
}

const NEVER_LATE = { eventLoopDelayMs: 0, heapUsedRatio: 0, rssRatio: 0 };

test('a request over the concurrency limit is rejected at once, and a later one is served', async () => {
  const { ask, release, metrics, access } = await start({ maxConcurrent: 2 });
  const held = [ask('/held'), ask('/held')];
  await expect.poll(metrics).toContain('http_requests_in_flight 2');
  const rejected = await ask('/quick', { headers: { 'x-request-id': 'too-many' } });
  expect(rejected.status).toBe(503);
  expect(rejected.headers.get('retry-after')).toBe('1');
  expect(rejected.headers.get('content-type')).toBe('application/problem+json');
  expect(rejected.headers.get('x-request-id')).toBe('too-many');
  expect(JSON.parse(rejected.body)).toMatchObject({ status: 503, code: 'overloaded', requestId: 'too-many' });
  expect((await ask('/healthz')).status).toBe(200);
  release();
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
  await expect.poll(() => access().length).toBe(3);
  expect((await ask('/quick')).status).toBe(200);
  await expect.poll(() => access().length).toBe(4);
  expect(access().filter(({ status }) => status === 503)).toMatchObject([
    { handler: '/quick', request_id: 'too-many' },
  ]);
  const text = await metrics();
  expect(text).toContain('http_requests_rejected_total{reason="concurrency"} 1');
  expect(text).toContain('http_requests_total{method="GET",handler="/quick",code="503"} 1');
});

test('near the memory limit requests are served one at a time', async () => {
  const { ask, release, metrics, warnings } = await start({
    overload: { ...NEVER_LATE, heapUsedRatio: 0.000_001 },
  });
  const first = ask('/held');
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  for (let i = 0; i < 3; i++) expect((await ask('/quick')).status).toBe(503);
  expect((await ask('/healthz')).status).toBe(200);
  expect(await metrics()).toContain('http_requests_rejected_total{reason="overloaded"} 3');
  expect(warnings()).toMatchObject([{ cause: 'heap', msg: 'overloaded: rejecting requests' }]);
  release();
  expect((await first).status).toBe(200);
  expect((await ask('/quick')).status).toBe(200);
});

test('a client over its rate limit gets 429 before its body is read', async () => {
  const { ask, metrics } = await start({}, createRateLimit({ max: 2, windowMs: 60_000 }));
  const first = await ask('/quick');
  expect([first.status, first.headers.get('ratelimit-policy')]).toEqual([200, '"default";q=2;w=60']);
  expect(first.headers.get('ratelimit')).toMatch(/^"default";r=1;t=\d+$/);
  await ask('/quick');
  const rejected = await ask('/body', {
    method: 'POST',
    body: '{"on":',
    headers: { 'content-type': 'application/json' },
  });
  expect(rejected.status).toBe(429);
  expect(JSON.parse(rejected.body)).toMatchObject({ status: 429, code: 'rate_limited' });
  expect(rejected.headers.get('ratelimit')).toMatch(/^"default";r=0;t=\d+$/);
  const after = Number(rejected.headers.get('retry-after'));
  expect(after).toBeGreaterThanOrEqual(1);
  expect(after).toBeLessThanOrEqual(61);
  expect((await ask('/no-such-thing')).status).toBe(429);
  for (let i = 0; i < 5; i++) {
    const probe = await ask('/healthz');
    expect([probe.status, probe.headers.get('ratelimit')]).toEqual([200, null]);
  }
  expect(await metrics()).toContain('http_requests_rejected_total{reason="rate_limit"} 2');
});

test('the rate limit changes while the server runs', async () => {
  const rateLimit = createRateLimit({ max: 0, windowMs: 60_000 });
  const { ask } = await start({}, rateLimit);
  const unlimited = await ask('/quick');
  expect([unlimited.status, unlimited.headers.get('ratelimit')]).toEqual([200, null]);
  rateLimit.configure({ max: 1, windowMs: 60_000 });
  expect([(await ask('/quick')).status, (await ask('/quick')).status]).toEqual([200, 429]);
  rateLimit.configure({ max: 3, windowMs: 60_000 });
  expect((await ask('/quick')).status).toBe(200);
});

test.each([
  { trustProxy: [], statuses: [200, 429] },
  { trustProxy: ['127.0.0.0/8'], statuses: [200, 200] },
])('X-Forwarded-For distinguishes clients only behind trusted proxies ($trustProxy)', async (given) => {
  const { ask } = await start({ trustProxy: given.trustProxy }, createRateLimit({ max: 1, windowMs: 60_000 }));
  const from = (address: string) => ask('/quick', { headers: { 'x-forwarded-for': address } });
  expect([(await from('192.0.2.1')).status, (await from('192.0.2.2')).status]).toEqual(given.statuses);
  expect((await from('192.0.2.1')).status).toBe(429);
});

test("requests rejected because of load do not count against the client's rate limit", async () => {
  const { ask, release, metrics } = await start({ maxConcurrent: 1 }, createRateLimit({ max: 2, windowMs: 60_000 }));
  const held = ask('/held');
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  for (let i = 0; i < 5; i++) expect((await ask('/quick')).status).toBe(503);
  release();
  await held;
  await expect.poll(metrics).toContain('http_requests_in_flight 0');
  expect([(await ask('/quick')).status, (await ask('/quick')).status]).toEqual([200, 429]);
});
