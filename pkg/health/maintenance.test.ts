import { expect, test } from 'vitest';
import { createMetrics } from '../metrics/metrics.ts';
import { createHealth } from './health.ts';
import { createMaintenance } from './maintenance.ts';

function createReady() {
  const lines: string[] = [];
  const logger = { info: (_: object, line: string) => void lines.push(line), warn: () => {} };
  const health = createHealth();
  const metrics = createMetrics();
  const maintenance = createMaintenance({ logger, metrics });
  health.add(maintenance.check);
  health.markStarted();
  const gauge = async () => /^maintenance_active (\d)$/m.exec((await metrics.expose()).body)?.[1];
  return { health, maintenance, lines, gauge };
}

test('readiness fails during maintenance and names its end and reason, and liveness passes', async () => {
  const { health, maintenance } = createReady();
  const { until } = maintenance.begin({ durationMs: 60_000, reason: 'INC-42' });
  expect(await health.ready()).toMatchObject({ status: 503, body: expect.stringContaining(`until ${until}: INC-42`) });
  expect((await health.readyCheck('maintenance')).status).toBe(503);
  expect([(await health.live()).status, (await health.started()).status]).toEqual([200, 200]);
  maintenance.end();
  expect((await health.ready()).status).toBe(200);
});

test('the metric is 1 during maintenance, however it ends', async () => {
  const { maintenance, gauge } = createReady();
  expect(await gauge()).toBe('0');
  maintenance.begin({ durationMs: 60_000, reason: 'INC-42' });
  expect(await gauge()).toBe('1');
  maintenance.end();
  expect(await gauge()).toBe('0');
  maintenance.begin({ durationMs: 20, reason: 'INC-42' });
  await expect.poll(gauge).toBe('0');
});

test('maintenance expires, and a second one replaces the time of the first', async () => {
  const { health, maintenance, lines } = createReady();
  maintenance.begin({ durationMs: 60_000, reason: 'first' });
  maintenance.begin({ durationMs: 20, reason: 'second' });
  expect(maintenance.current?.reason).toBe('second');
  await expect.poll(() => maintenance.current).toBeUndefined();
  expect((await health.ready()).status).toBe(200);
  maintenance.end();
  expect(lines).toEqual(['maintenance expired: the instance is back in service']);
});
