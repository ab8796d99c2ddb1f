import { afterEach, expect, test } from 'vitest';
import type { Service } from '../../test/support/service.ts';
import { startItemsService } from '../support/items-service.ts';

const MAX = 20;
const REQUESTS = 100;

let service: Service;
afterEach(async () => {
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<void> {
  service = await startItemsService({ env: { SKIFF_RATE_LIMIT_MAX: String(MAX), ...env } });
}

/** How many of the requests, each with the header that is made for it, were let through. */
async function letThrough(forwardedFor: (index: number) => string): Promise<number> {
  const statuses = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, index) => {
      const headers = { 'x-forwarded-for': forwardedFor(index) };
      const response = await fetch(`${service.url}/v1/items`, { headers });
      await response.arrayBuffer();
      return response.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  return statuses.filter((status) => status === 200).length;
}

test('a forged X-Forwarded-For buys no request where no proxy is trusted', async () => {
  await start();
  expect(await letThrough((index) => `203.0.113.${index}`)).toBe(MAX);
});

test('behind a trusted proxy the client counts whom the proxy saw, whatever the client put before it', async () => {
  await start({ SKIFF_HTTP_TRUST_PROXY: '127.0.0.0/8' });
  expect(await letThrough((index) => `203.0.113.${index}, 198.51.100.7`)).toBe(MAX);
  const other = await fetch(`${service.url}/v1/items`, { headers: { 'x-forwarded-for': '198.51.100.8' } });
  expect(other.status).toBe(200);
});

test('probes are answered to whoever has used up the limit', async () => {
  await start();
  await letThrough(() => '203.0.113.1');
  for (const path of ['/healthz', '/readyz']) expect((await fetch(service.url + path)).status).toBe(200);
});
