import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startItemsService } from '../../support/items-service.ts';

/** A shutdown that waits for a connection takes this long: much longer than one that does not takes on a busy machine. */
const PATIENT = { SKIFF_LIFECYCLE_SHUTDOWN_TIMEOUT: '30s' };
const AT_ONCE_MS = 15_000;

test.each(['SIGTERM', 'SIGINT'] as const)('%s stops an idle service at once with exit code 0', async (signal) => {
  const service = await startItemsService({ env: PATIENT });
  const keptAlive = await fetch(`${service.url}/v1/items`);
  await keptAlive.text();
  const startedAt = performance.now();
  service.kill(signal);
  const { code, stderr } = await service.exit;
  expect([code, stderr]).toEqual([0, '']);
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS);
  expect(service.lines.at(-1)).toMatchObject({ msg: 'stopped' });
});

test('during the drain delay readiness is 503, liveness is 200, and responses have Connection: close', async () => {
  const service = await startItemsService({ env: { SKIFF_LIFECYCLE_DRAIN_DELAY: '3s' } });
  service.kill('SIGTERM');
  await service.line('stopping');
  for (const base of [service.url, service.adminUrl]) {
    expect((await fetch(`${base}/readyz`)).status).toBe(503);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  }
  expect(await (await fetch(`${service.adminUrl}/readyz`)).text()).toContain('[-]shutdown failed');
  const served = await fetch(`${service.url}/v1/items`);
  expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
  expect((await service.exit).code).toBe(0);
});

test('a connection that sends nothing does not delay the shutdown', async () => {
  const service = await startItemsService({ env: PATIENT });
  const { port } = new URL(service.url);
  const silent = connect(Number(port), '127.0.0.1').on('error', () => {});
  await new Promise((resolve) => silent.once('connect', resolve));
  await (await fetch(`${service.url}/healthz`)).text();
  const startedAt = performance.now();
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS);
});

test('a second signal exits at once with code 1', async () => {
  const service = await startItemsService({ env: { SKIFF_LIFECYCLE_DRAIN_DELAY: '10s' } });
  service.kill('SIGTERM');
  await service.line('stopping');
  await new Promise((resolve) => setTimeout(resolve, 300));
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(1);
});

test('a request that exceeds the shutdown timeout is aborted, and the exit code is still 0', async () => {
  const service = await startItemsService({ env: { SKIFF_LIFECYCLE_SHUTDOWN_TIMEOUT: '300ms' } });
  const { port } = new URL(service.url);
  const slow = connect(Number(port), '127.0.0.1').on('error', () => {});
  slow.write(
    'PUT /v1/items/slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  await expect
    .poll(async () => (await fetch(`${service.adminUrl}/metrics`)).text())
    .toContain('http_requests_in_flight 1');
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  expect(service.lines.find(({ aborted }) => aborted !== undefined)).toMatchObject({
    aborted: 'shutdown',
    path: '/v1/items/slow',
  });
});

test('SIGHUP is ignored', async () => {
  const service = await startItemsService();
  service.kill('SIGHUP');
  await service.line('SIGHUP ignored');
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});
