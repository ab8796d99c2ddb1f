import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';
import { collectRuntimeMetrics } from './runtime-metrics.ts';

async function valuesOf(metrics: ReturnType<typeof createMetrics>): Promise<Map<string, number>> {
  const { body } = await metrics.expose();
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('a scrape returns process, memory and event loop metrics and resets none of them', async () => {
  const metrics = createMetrics();
  const stop = collectRuntimeMetrics(metrics);
  const first = await valuesOf(metrics);
  const second = await valuesOf(metrics);
  stop();
  for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_active_seconds_total']) {
    expect(first.get(name), name).toBeGreaterThan(0);
    expect(second.get(name), name).toBeGreaterThanOrEqual(first.get(name) ?? Number.POSITIVE_INFINITY);
  }
  expect(first.get('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
  expect(first.get('nodejs_heap_size_limit_bytes')).toBeGreaterThan(first.get('nodejs_heap_size_used_bytes') ?? 0);
  expect(
    Math.abs((first.get('process_start_time_seconds') ?? 0) - (Date.now() / 1000 - process.uptime())),
  ).toBeLessThan(2);
  expect(first.get(`nodejs_version_info{version="${process.version}"}`)).toBe(1);
});

test('a blocked event loop is visible in the delay metric at the end of the window', async () => {
  const metrics = createMetrics();
  const stop = collectRuntimeMetrics(metrics, { delayWindowMs: 400 });
  const longest = async () => (await valuesOf(metrics)).get('nodejs_eventloop_delay_seconds{quantile="1"}');
  expect(await longest()).toBeUndefined();
  // The histogram needs a first sample to compare the next one with.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const until = performance.now() + 150;
  while (performance.now() < until);
  await expect.poll(longest).toBeGreaterThan(0.1);
  stop();
});
