import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeWithCollector, startAgent, validateConfig } from '../../support/collector.ts';
import { startItemsService } from '../../support/items-service.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const POD = 'skiff_skiff-7d9f-x2x_11111111-2222-3333-4444-555555555555';

/** Sends one request to a service that exports to a Collector, and returns what the Collector exports. */
async function requestThroughCollector(protocol: string, env: NodeJS.ProcessEnv = {}) {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.close());
  const collector = await startAgent(receiver.endpoint);
  onTestFinished(collector.stop);
  const service = await startItemsService({
    env: {
      SKIFF_TRACING_PROTOCOL: protocol,
      SKIFF_TRACING_ENDPOINT: protocol === 'grpc' ? collector.grpc : collector.http,
      SKIFF_OTLP_METRICS: 'true',
      SKIFF_OTLP_LOGS: 'true',
      ...env,
    },
  });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exit;
  });
  const headers = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };
  await (await fetch(`${service.url}/v1/items`, { headers })).text();
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  return { receiver, collector, service };
}

describeWithCollector('the OpenTelemetry Collector', () => {
  test.each(['http/protobuf', 'grpc'])(
    'passes on the span, the log record and the exemplar of a request with one trace id, over %s',
    async (protocol) => {
      const { receiver } = await requestThroughCollector(protocol);
      const record = () => receiver.records.find(({ traceId }) => traceId === TRACE_ID);
      const exemplars = () =>
        receiver.points.filter(({ name }) => name === 'http_request_duration').flatMap((point) => point.exemplars);
      await expect.poll(() => receiver.spans).toHaveLength(1);
      await expect.poll(record).toBeDefined();
      await expect.poll(exemplars).toHaveLength(1);

      const [span] = receiver.spans;
      const point = receiver.points.find((each) => each.exemplars.length > 0);
      expect(span).toMatchObject({ traceId: TRACE_ID, resource: { 'service.name': 'skiff' } });
      expect(record()).toMatchObject({ body: 'request', severity: 9, spanId: span?.spanId });
      expect(exemplars()).toMatchObject([{ traceId: TRACE_ID, spanId: span?.spanId }]);
      expect(record()?.resource).toEqual(span?.resource);
      expect(point?.resource).toEqual(span?.resource);
    },
  );

  test('reads the log of a container, with the trace id, the severity and the names of the pod', async () => {
    const { receiver, collector, service } = await requestThroughCollector('http/protobuf', {
      SKIFF_OTLP_LOGS: 'false',
    });
    const folder = join(collector.logs, POD, 'skiff');
    mkdirSync(folder, { recursive: true });
    const lines = service.lines.map((line) => `${line.time} stdout F ${JSON.stringify(line)}\n`);
    writeFileSync(join(folder, '0.log'), lines.join(''));
    await expect.poll(() => receiver.records).toHaveLength(lines.length);

    const request = service.lines.find(({ msg }) => msg === 'request');
    const record = receiver.records.find(({ traceId }) => traceId === TRACE_ID);
    expect(record).toMatchObject({
      severity: 9,
      spanId: receiver.spans[0]?.spanId,
      timeMs: Date.parse(String(request?.time)),
      resource: { container: 'skiff', namespace: 'skiff', pod: 'skiff-7d9f-x2x' },
    });
    expect(JSON.parse(record?.body ?? '')).toEqual(request);
    expect(receiver.records.filter(({ severity }) => severity === 0)).toEqual([]);
  });

  test.each(['agent', 'gateway'] as const)('accepts the configuration of the %s in deploy/observability', (name) => {
    validateConfig(name);
    const misspell = (config: { processors: { memory_limiter: object } }) =>
      Object.assign(config.processors.memory_limiter, { limit_percent: 80 });
    expect(() => validateConfig(name, misspell)).toThrow('limit_percent');
  });
});
