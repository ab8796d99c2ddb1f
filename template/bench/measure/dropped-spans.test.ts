import { expect, test } from 'vitest';
import { parseDroppedSpans } from './dropped-spans.ts';

test('dropped spans are summed over all reasons, and their number is null if the service does not count them', () => {
  const metrics =
    '# TYPE tracing_spans_dropped_total counter\n' +
    'tracing_spans_dropped_total{reason="queue_full"} 5\ntracing_spans_dropped_total{reason="export_failed"} 2\n';
  expect(parseDroppedSpans(metrics)).toBe(7);
  expect(parseDroppedSpans('tracing_spans_dropped_total 0\n')).toBe(0);
  expect(parseDroppedSpans('http_requests_total 3\n')).toBeNull();
});
