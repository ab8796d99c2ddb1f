import { expect, test } from 'vitest';
import { createMetrics } from '../../metrics/metrics.ts';
import { createHttpMetrics } from './http-metrics.ts';

test('a scrape of 500 routes takes less than 0.6 MB', async () => {
  const metrics = createMetrics();
  const { series } = createHttpMetrics(metrics);
  for (let route = 0; route < 500; route++) series('GET', `/v1/items-${route}/{key}`).observe(200, 0.2);
  const { body } = await metrics.expose();
  expect(body.length).toBeLessThan(600_000);
  // The bound of the latency objective in deploy/observability/alerts.
  expect(body).toContain('code="200",le="0.25"} 1\n');
});
