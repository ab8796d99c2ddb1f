import { afterEach, expect, test } from 'vitest';
import type { Service } from '../../../test/support/service.ts';
import { startItemsService } from '../../support/items-service.ts';
import { type Behaviour, type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';

let receiver: OtlpReceiver;
let service: Service;
afterEach(async () => {
  service.kill('SIGKILL');
  await service.exit;
  receiver.close();
});

async function start(env: NodeJS.ProcessEnv = {}, behaviour?: Behaviour): Promise<void> {
  receiver = await startOtlpReceiver(behaviour);
  service = await startItemsService({
    env: {
      SKIFF_TRACING_ENDPOINT: receiver.endpoint,
      SKIFF_OTLP_METRICS: 'true',
      SKIFF_OTLP_LOGS: 'true',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      ...env,
    },
  });
}

async function get(path: string, headers: Record<string, string> = {}): Promise<void> {
  await (await fetch(service.url + path, { headers })).text();
}

async function scrape(): Promise<string> {
  return (await fetch(`${service.adminUrl}/metrics`)).text();
}

/** Names of the metrics with at least one series, without the suffixes of a histogram's series. */
function namesOf(text: string): string[] {
  const types = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type]) => [name, type]));
  const series = [...text.matchAll(/^(\w+)[ {]/gm)].map(([, name = '']) => name);
  return series.map((name) => (types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '')));
}

const stop = async () => {
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
};

test('a request is one span, one log record and one exemplar with the same trace id and resource', async () => {
  await start({ OTEL_RESOURCE_ATTRIBUTES: 'team=checkout' });
  await get('/v1/items', { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` });
  await stop();

  const [span] = receiver.spans;
  const record = receiver.records.find(({ body }) => body === 'request');
  const point = receiver.points.find(({ name, exemplars }) => name === 'http_request_duration' && exemplars.length > 0);
  expect(span).toMatchObject({ traceId: TRACE_ID });
  expect(record).toMatchObject({
    severity: 9,
    severityText: 'info',
    traceId: TRACE_ID,
    spanId: span?.spanId,
    attributes: { handler: '/v1/items', status: 200, path: '/v1/items' },
  });
  expect(record?.attributes).not.toHaveProperty('service');
  expect(Math.abs((record?.timeMs ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(point?.exemplars).toMatchObject([{ traceId: TRACE_ID, spanId: span?.spanId }]);
  expect(span?.resource).toMatchObject({ 'service.name': 'skiff', team: 'checkout' });
  expect(span?.resource['service.instance.id']).toMatch(/^[\da-f-]{36}$/);
  expect(record?.resource).toEqual(span?.resource);
  expect(point?.resource).toEqual(span?.resource);
});

test('every metric that is scraped is exported, with a name and unit from which Prometheus makes the same name', async () => {
  await start();
  await get('/v1/items');
  const names = namesOf(await scrape());
  await stop();
  const suffixes: Record<string, string> = { s: '_seconds', By: '_bytes', '1': '_ratio' };
  const restored = receiver.points.map(
    ({ name, unit, type }) => `${name}${suffixes[unit] ?? ''}${type === 'sum' ? '_total' : ''}`,
  );
  expect([...new Set(restored)].sort()).toEqual([...new Set(names)].sort());
});

test('a histogram has the same counts as the one that is scraped', async () => {
  await start();
  for (let i = 0; i < 3; i++) await get('/v1/items');
  const text = await scrape();
  await stop();
  const buckets = [
    ...text.matchAll(/^http_request_duration_seconds_bucket\{.*handler="\/v1\/items".*le="([^"]+)"\} (\d+)/gm),
  ];
  const point = receiver.points.find(
    ({ name, attributes }) => name === 'http_request_duration' && attributes.handler === '/v1/items',
  );
  expect(buckets.length).toBeGreaterThan(3);
  let cumulative = 0;
  const counts = point?.counts.map((count) => (cumulative += count));
  expect(counts).toEqual(buckets.map(([, , count]) => Number(count)));
  expect([...(point?.bounds ?? []).map(String), '+Inf']).toEqual(buckets.map(([, le]) => le));
});

test('metrics are exported at each interval', async () => {
  await start({ OTEL_METRIC_EXPORT_INTERVAL: '1000' });
  await expect.poll(() => receiver.points.filter(({ name }) => name === 'build_info').length).toBeGreaterThan(1);
  await stop();
});

test('without the settings nothing but spans is sent, and OTEL_LOGS_EXPORTER=none overrides the setting', async () => {
  await start({ SKIFF_OTLP_METRICS: 'false', OTEL_LOGS_EXPORTER: 'none' });
  await get('/v1/items', { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` });
  await stop();
  expect([...new Set(receiver.requests.map(({ path }) => path))]).toEqual(['/v1/traces']);
});

test('the variable for one signal sends it elsewhere than the spans', async () => {
  const other = await startOtlpReceiver();
  await start({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${other.endpoint}/v1/logs` });
  await get('/v1/items');
  await stop();
  other.close();
  expect(other.records.map(({ body }) => body)).toContain('request');
  expect(receiver.records).toEqual([]);
  expect(receiver.points.length).toBeGreaterThan(0);
});

test('while the receiver fails, requests succeed, what is dropped is counted, and one warning is logged', async () => {
  await start({ OTEL_METRIC_EXPORT_INTERVAL: '1000' }, { status: 400 });
  for (let i = 0; i < 20; i++) await get('/v1/items');
  await expect.poll(scrape).toMatch(/otlp_dropped_total\{signal="logs",reason="export_failed"\} [1-9]/);
  await expect.poll(scrape).toMatch(/otlp_dropped_total\{signal="metrics",reason="export_failed"\} [1-9]/);
  await stop();
  const warnings = service.lines.filter(({ msg }) => msg === 'metrics or log records are being dropped');
  expect(warnings).toHaveLength(1);
});
