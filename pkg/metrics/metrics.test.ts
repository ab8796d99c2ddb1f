import { expect, test } from 'vitest';
import { negotiateFormat } from './exposition.ts';
import { createMetrics } from './metrics.ts';

const PROMETHEUS_ACCEPT =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.2';

test.each([
  [undefined, 'prometheus'],
  ['', 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/plain', 'prometheus'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text;q=0', 'prometheus'],
  ['application/openmetrics-text;q=0.3, text/plain;q=0.9', 'prometheus'],
  [PROMETHEUS_ACCEPT, 'openmetrics'],
])('Accept %j selects %s', (accept, format) => {
  expect(negotiateFormat(accept)).toBe(format);
});

test('a scrape in OpenMetrics does not affect the next one in the Prometheus format', async () => {
  const metrics = createMetrics();
  metrics.counter({ name: 'orders_total', help: 'Orders' }).inc(3);
  const before = await metrics.expose();
  const openmetrics = await metrics.expose('application/openmetrics-text');
  const after = await metrics.expose();

  expect(openmetrics.body).toContain('# TYPE orders counter\norders_total 3\n');
  expect(openmetrics.body.endsWith('# EOF\n')).toBe(true);
  for (const { body } of [before, after]) {
    expect(body).toContain('# TYPE orders_total counter\norders_total 3\n');
    expect(body).not.toContain('# EOF');
  }
});

test('label values and help texts are escaped', async () => {
  const metrics = createMetrics();
  metrics.gauge({ name: 'odd', help: 'a\\b\n"c"', labelNames: ['path'] }).set({ path: 'a"b\\c\nd' }, 1);
  const { body } = await metrics.expose();
  expect(body).toContain('# HELP odd a\\\\b\\n"c"\n');
  expect(body).toContain('odd{path="a\\"b\\\\c\\nd"} 1\n');
});

test('a gauge with a collect function is read at each scrape', async () => {
  const metrics = createMetrics();
  let depth = 1;
  metrics.gauge({ name: 'queue_depth', help: 'Depth', collect: () => depth });
  expect((await metrics.expose()).body).toContain('queue_depth 1\n');
  depth = 2;
  expect((await metrics.expose()).body).toContain('queue_depth 2\n');
});

test('a duration histogram counts into cumulative buckets and feeds its counter', async () => {
  const metrics = createMetrics();
  const histogram = metrics.durationHistogram({
    name: 'job_duration_seconds',
    help: 'Duration',
    buckets: [0.1, 1],
    counter: { name: 'jobs', help: 'Jobs' },
  });
  const row = histogram.row({ kind: 'sync' });
  for (const seconds of [0.1, 0.5, 0.5, 2]) row.observe(seconds);
  const { body } = await metrics.expose();
  expect(body).toContain('# TYPE jobs_total counter\njobs_total{kind="sync"} 4\n');
  expect(body).toContain(
    [
      '# TYPE job_duration_seconds histogram',
      'job_duration_seconds_bucket{kind="sync",le="0.1"} 1',
      'job_duration_seconds_bucket{kind="sync",le="1"} 3',
      'job_duration_seconds_bucket{kind="sync",le="+Inf"} 4',
      'job_duration_seconds_sum{kind="sync"} 3.1',
      'job_duration_seconds_count{kind="sync"} 4',
      '',
    ].join('\n'),
  );
});

test('an exemplar is exposed on its bucket, only in OpenMetrics', async () => {
  const metrics = createMetrics();
  const row = metrics.durationHistogram({ name: 'd_seconds', help: 'd', buckets: [0.1, 1] }).row({});
  row.observe(0.5);
  row.exemplify(0.5, { trace_id: 'abc' });
  const openmetrics = await metrics.expose('application/openmetrics-text');
  expect(openmetrics.body).toMatch(/^d_seconds_bucket\{le="1"\} 1 # \{trace_id="abc"\} 0\.5 \d+(\.\d+)?$/m);
  expect((await metrics.expose()).body).not.toContain('trace_id');
});
