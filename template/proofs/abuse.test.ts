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

/** Sends the requests, each with its own X-Forwarded-For header, and returns how many were accepted. */
async function countAccepted(forwardedFor: (index: number) => string): Promise<number> {
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

test('a forged X-Forwarded-For does not evade the rate limit if no proxy is trusted', async () => {
  await start();
  expect(await countAccepted((index) => `203.0.113.${index}`)).toBe(MAX);
});

test('behind a trusted proxy, the rate limit applies to the address the proxy added, not to what the client sent', async () => {
  await start({ SKIFF_HTTP_TRUST_PROXY: '127.0.0.0/8' });
  expect(await countAccepted((index) => `203.0.113.${index}, 198.51.100.7`)).toBe(MAX);
  const other = await fetch(`${service.url}/v1/items`, { headers: { 'x-forwarded-for': '198.51.100.8' } });
  expect(other.status).toBe(200);
});

test('a client that has exhausted its rate limit can still probe', async () => {
  await start();
  await countAccepted(() => '203.0.113.1');
  for (const path of ['/healthz', '/readyz']) expect((await fetch(service.url + path)).status).toBe(200);
});
