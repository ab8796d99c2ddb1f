import { expect, test } from 'vitest';
import { createMetrics } from '../../metrics/metrics.ts';
import { createHttpMetrics } from './http-metrics.ts';

test('statuses of one class share a latency histogram and are counted separately', async () => {
  const metrics = createMetrics();
  const series = createHttpMetrics(metrics).series('GET', '/v1/items/{key}');
  for (const status of [200, 400, 404, 499]) series.observe(status, 0.2);
  const { body } = await metrics.expose();
  for (const code of [200, 400, 404, 499]) {
    expect(body).toContain(`http_requests_total{method="GET",handler="/v1/items/{key}",code="${code}"} 1\n`);
  }
  expect(body.match(/(?<=seconds_count\{.*code=").*/g)).toEqual(['2xx"} 1', '4xx"} 3']);
  // The bound of the latency objective in deploy/observability/alerts.
  expect(body).toContain(',code="4xx",le="0.25"} 3\n');
});

test('a scrape of 500 routes takes less than 0.6 MB', async () => {
  const metrics = createMetrics();
  const { series } = createHttpMetrics(metrics);
  for (let route = 0; route < 500; route++) series('GET', `/v1/items-${route}/{key}`).observe(200, 0.2);
  expect((await metrics.expose()).body.length).toBeLessThan(600_000);
});
