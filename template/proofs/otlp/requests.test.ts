import { expect, test } from 'vitest';
import { serializeResource } from '../../../pkg/otlp/attributes.ts';
import { createLogsSerializer } from '../../../pkg/otlp/logs-request.ts';
import { createMetricsSerializer } from '../../../pkg/otlp/metrics-request.ts';
import { decodePoints, decodeRecords } from '../../support/otlp-receiver.ts';

const resource = serializeResource({ 'service.name': 'skiff' });
const serializeLogs = createLogsSerializer('skiff', resource, new Set(['service']));
const serializeMetrics = createMetricsSerializer('skiff', resource);
const interval = { start: 1_000_000_000n, end: 2_000_000_000n };

test('a line becomes a record, and its error gets the attributes of the conventions', () => {
  const err = { type: 'TypeError', message: 'no', stack: 'TypeError: no\n  at x', code: 'E_NO' };
  const line = {
    level: 'error',
    time: '2026-01-01T00:00:00.125Z',
    service: 'skiff',
    retries: 2,
    deep: { list: [1, 'a'] },
    err,
    msg: 'ä 😀',
  };
  const bytes = serializeLogs([`${JSON.stringify(line)}\n`]);
  expect(decodeRecords(bytes)).toMatchObject([
    {
      severity: 17,
      severityText: 'error',
      body: 'ä 😀',
      timeMs: Date.parse(line.time),
      traceId: '',
      attributes: {
        retries: 2,
        'exception.type': 'TypeError',
        'exception.message': 'no',
        'exception.stacktrace': err.stack,
        'exception.code': 'E_NO',
      },
      resource: { 'service.name': 'skiff' },
    },
  ]);
  expect(decodeRecords(bytes)[0]?.attributes).not.toHaveProperty('service');
});

test('a line that is not JSON is kept as the message', () => {
  expect(decodeRecords(serializeLogs(['plain text\n']))).toMatchObject([{ body: 'plain text' }]);
});

test('requests can be concatenated, and large ones grow the buffer', () => {
  const long = JSON.stringify({ level: 'info', msg: 'x'.repeat(100_000) });
  const both = Buffer.concat([serializeLogs([long]), serializeLogs([long, long])]);
  expect(decodeRecords(both).map(({ body }) => body.length)).toEqual([100_000, 100_000, 100_000]);
});

test('labels are unescaped, and each series of a histogram keeps its own buckets, sum and exemplars', () => {
  const samples = [
    {
      name: 'x_seconds_bucket',
      labels: '{a="1",le="0.1"}',
      value: 2,
      exemplar: { labels: { trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8) }, value: 0.05, timestamp: 1.5 },
    },
    { name: 'x_seconds_bucket', labels: '{a="1",le="+Inf"}', value: 5 },
    { name: 'x_seconds_sum', labels: '{a="1"}', value: 7.5 },
    { name: 'x_seconds_count', labels: '{a="1"}', value: 5 },
    { name: 'x_seconds_bucket', labels: '{a="q\\"\\n\\\\",le="+Inf"}', value: 1 },
    { name: 'x_seconds_sum', labels: '{a="q\\"\\n\\\\"}', value: 3 },
  ];
  const { bytes } = serializeMetrics([{ name: 'x_seconds', help: 'X', type: 'histogram', samples }], interval);
  expect(decodePoints(bytes)).toMatchObject([
    {
      name: 'x',
      unit: 's',
      type: 'histogram',
      attributes: { a: '1' },
      counts: [2, 3],
      bounds: [0.1],
      value: 7.5,
      exemplars: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), value: 0.05 }],
    },
    { attributes: { a: 'q"\n\\' }, counts: [1], bounds: [], value: 3, exemplars: [] },
  ]);
});

test('a metric without a series is omitted', () => {
  const families = [
    { name: 'empty', help: 'Empty', type: 'gauge', samples: [] },
    { name: 'full', help: 'Full', type: 'gauge', samples: [{ name: 'full', labels: '', value: 1 }] },
  ];
  expect(decodePoints(serializeMetrics(families, interval).bytes).map(({ name }) => name)).toEqual(['full']);
});
