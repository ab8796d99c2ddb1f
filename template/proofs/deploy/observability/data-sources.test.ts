import { expect, onTestFinished, test } from 'vitest';
import { startItemsService } from '../../../support/items-service.ts';
import { parsePromql } from './promql.ts';
import { readDashboard, readDataSources } from './sources.ts';

const sources = readDataSources();
const of = (type: string) => {
  const found = sources.find((source) => source.type === type);
  if (found === undefined) throw new Error(`no data source of type ${type}`);
  return found;
};

test('every link refers to an existing data source', () => {
  const { exemplarTraceIdDestinations = [] } = of('prometheus').jsonData;
  const { derivedFields = [] } = of('loki').jsonData;
  const { tracesToLogsV2, tracesToMetrics } = of('tempo').jsonData;
  const targets = [...exemplarTraceIdDestinations, ...derivedFields, tracesToLogsV2, tracesToMetrics];
  expect(targets.map((target) => target?.datasourceUid)).toEqual(['tempo', 'tempo', 'loki', 'prometheus']);
  expect(sources.map(({ uid }) => uid).toSorted()).toEqual(['loki', 'prometheus', 'tempo']);
});

test('a real log line has the trace id for the link to traces, and the fields that the log panel shows', async () => {
  const service = await startItemsService({ env: { SKIFF_TRACING_ENDPOINT: 'http://127.0.0.1:9' } });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exit;
  });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await fetch(`${service.url}/v1/items`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
  const line = () => service.lines.find(({ path }) => path === '/v1/items');
  await expect.poll(line).toBeDefined();
  const [field] = of('loki').jsonData.derivedFields ?? [];
  expect(new RegExp(field?.matcherRegex ?? '').exec(JSON.stringify(line()))?.[1]).toBe(traceId);

  const panel = readDashboard().panels.find(({ type }) => type === 'logs');
  const shown = [...(panel?.targets?.[0]?.expr ?? '').matchAll(/\w+="(\w+)"[,\s]*/g)].map(([, name]) => name ?? '');
  const fields = shown.filter((name) => name !== 'skiff');
  expect(fields).toContain('trace_id');
  expect(Object.keys(line() ?? {})).toEqual(expect.arrayContaining(fields));
});

test('the links from traces to metrics use labels that the metrics have', () => {
  const { tags, queries } = of('tempo').jsonData.tracesToMetrics ?? { tags: [], queries: [] };
  expect(tags).toEqual([{ key: 'http.route', value: 'handler' }]);
  for (const { query } of queries) {
    const expression = query.replace('$$__tags', 'handler="/v1/items"');
    expect(parsePromql(expression).selectors.map(({ metric }) => metric)).toEqual([
      'http_request_duration_seconds_bucket',
    ]);
  }
});
