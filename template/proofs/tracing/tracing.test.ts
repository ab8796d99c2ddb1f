import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Service } from '../../../test/support/service.ts';
import { startItemsService } from '../../support/items-service.ts';
import { type Behaviour, type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';

const SERVER = 2;
const ERROR = 2;
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
    env: { SKIFF_TRACING_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '50', ...env },
  });
}

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(service.url + path, { headers });
  return { status: response.status, body: await response.text() };
}

async function metrics(): Promise<string> {
  return scrape('text/plain');
}

async function scrape(accept: string): Promise<string> {
  return (await fetch(`${service.adminUrl}/metrics`, { headers: { accept } })).text();
}

test("a request creates one server span by the semantic conventions, as a child of the caller's span", async () => {
  await start({ OTEL_RESOURCE_ATTRIBUTES: 'team=checkout' });
  await get('/v1/items/x?token=s3cret', {
    traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`,
    'user-agent': 'test/1',
  });
  await expect.poll(() => receiver.spans).toHaveLength(1);
  const { port } = new URL(service.url);
  expect(receiver.spans[0]).toMatchObject({
    traceId: TRACE_ID,
    parentSpanId: PARENT_ID,
    name: 'GET /v1/items/{key}',
    kind: SERVER,
    statusCode: 0,
    attributes: {
      'http.request.method': 'GET',
      'http.route': '/v1/items/{key}',
      'http.response.status_code': 404,
      'url.path': '/v1/items/x',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
      'server.port': Number(port),
      'client.address': '127.0.0.1',
      'network.protocol.version': '1.1',
      'user_agent.original': 'test/1',
    },
    resource: {
      'service.name': 'skiff',
      'service.version': expect.any(String),
      'service.instance.id': expect.any(String),
      'deployment.environment.name': 'test',
      'telemetry.sdk.language': 'nodejs',
      team: 'checkout',
    },
  });
  expect(receiver.requests[0]).toEqual({ path: '/v1/traces', type: 'application/x-protobuf' });
  expect(JSON.stringify(receiver.spans)).not.toContain('s3cret');
  expect(Object.keys(receiver.spans[0]?.resource ?? {})).not.toContain('process.command_args');
});

test('log line, span, exemplar and problem document of a request have the same trace id', async () => {
  await start();
  const { body } = await get('/v1/items/y');
  await expect.poll(() => receiver.spans).toHaveLength(1);
  const { traceId, spanId } = receiver.spans[0] ?? { traceId: '', spanId: '' };
  expect(JSON.parse(body).traceId).toBe(traceId);
  await expect
    .poll(() => service.lines.find(({ path }) => path === '/v1/items/y'))
    .toMatchObject({
      trace_id: traceId,
      span_id: spanId,
      trace_flags: '01',
    });
  const openmetrics = await scrape('application/openmetrics-text');
  expect(openmetrics).toContain(`# {trace_id="${traceId}",span_id="${spanId}"}`);
});

test('an unmatched request has no http.route, and an unknown method is _OTHER', async () => {
  await start();
  await get('/nowhere');
  await fetch(`${service.url}/nowhere`, { method: 'PROPFIND' });
  await expect.poll(() => receiver.spans).toHaveLength(2);
  const byName = Object.fromEntries(receiver.spans.map((span) => [span.name, span.attributes]));
  expect(Object.keys(byName).sort()).toEqual(['GET', 'HTTP']);
  expect(byName.GET).not.toHaveProperty('http.route');
  expect(byName.HTTP).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PROPFIND',
  });
});

test('the sampling decision of the caller is respected', async () => {
  await start({ SKIFF_TRACING_SAMPLE_RATIO: '1' });
  await get('/v1/items/unseen', { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` });
  await get('/v1/items/seen');
  await expect.poll(() => receiver.spans).toHaveLength(1);
  expect(receiver.spans[0]?.attributes['url.path']).toBe('/v1/items/seen');
  await expect
    .poll(() => service.lines.find(({ path }) => path === '/v1/items/unseen'))
    .toMatchObject({
      trace_id: TRACE_ID,
      trace_flags: '00',
    });
});

test('the sample ratio applies to new traces', async () => {
  await start({ SKIFF_TRACING_SAMPLE_RATIO: '0.25' });
  await Promise.all(Array.from({ length: 400 }, () => get('/v1/items')));
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  expect(receiver.spans.length).toBeGreaterThan(50);
  expect(receiver.spans.length).toBeLessThan(160);
});

test('OTEL_TRACES_SAMPLER and OTEL_SERVICE_NAME override the configuration', async () => {
  await start({
    SKIFF_TRACING_SAMPLE_RATIO: '0',
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_SERVICE_NAME: 'renamed',
  });
  await get('/v1/items');
  await expect.poll(() => receiver.spans).toHaveLength(1);
  expect(receiver.spans[0]?.resource['service.name']).toBe('renamed');
});

test('OTEL_RESOURCE_ATTRIBUTES overrides the service name, and empty variables count as unset', async () => {
  await start({
    SKIFF_TRACING_SAMPLE_RATIO: '0',
    ...{
      OTEL_TRACES_SAMPLER: '',
      OTEL_SERVICE_NAME: '',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: '',
      OTEL_PROPAGATORS: ' ',
    },
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=orders,service.version=7',
  });
  await get('/v1/items/unsampled');
  await get('/v1/items/sampled', { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` });
  await expect.poll(() => receiver.spans).toHaveLength(1);
  expect(receiver.spans[0]).toMatchObject({
    attributes: { 'url.path': '/v1/items/sampled' },
    resource: { 'service.name': 'orders', 'service.version': '7' },
  });
  expect(service.lines.filter(({ msg }) => msg === 'invalid OpenTelemetry variable')).toEqual([]);
});

test('an invalid variable is ignored, with one warning at the start', async () => {
  await start({
    SKIFF_TRACING_SAMPLE_RATIO: '0',
    ...{ OTEL_TRACES_SAMPLER: 'nonsense', OTEL_PROPAGATORS: 'jaeger', OTEL_SPAN_EVENT_COUNT_LIMIT: 'x' },
    OTEL_BSP_SCHEDULE_DELAY: '50ms',
  });
  await get('/v1/items/unsampled');
  await get('/v1/items/sampled', { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` });
  service.kill('SIGTERM');
  expect((await service.exit).stderr).toBe('');
  expect(receiver.spans).toMatchObject([{ traceId: TRACE_ID, attributes: { 'url.path': '/v1/items/sampled' } }]);
  const warnings = service.lines.filter(({ msg }) => msg === 'invalid OpenTelemetry variable');
  expect(warnings).toMatchObject([
    { level: 'warn', variable: 'OTEL_PROPAGATORS', used: expect.stringContaining('tracecontext,baggage') },
    { variable: 'OTEL_TRACES_SAMPLER', value: 'nonsense', used: 'the configured sample ratio' },
    { variable: 'OTEL_BSP_SCHEDULE_DELAY', value: '50ms', used: '5000' },
    { variable: 'OTEL_SPAN_EVENT_COUNT_LIMIT', used: '128' },
  ]);
});

test('the log contains the export URL without its password', async () => {
  receiver = await startOtlpReceiver();
  const endpoint = receiver.endpoint.replace('http://', 'http://user:s3cret@');
  service = await startItemsService({
    env: {
      SKIFF_TRACING_SAMPLE_RATIO: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/v1/traces`,
      OTEL_BSP_SCHEDULE_DELAY: '10',
    },
  });
  const url = `${receiver.endpoint}/v1/traces/v1/traces`;
  expect(await service.line('exporting spans')).toMatchObject({ url, protocol: 'http/protobuf' });
  await get('/v1/items');
  // The receiver only serves /v1/traces.
  expect(await service.line('spans are being dropped')).toMatchObject({ url });
  expect(receiver.requests).toEqual([]);
  expect(JSON.stringify(service.lines)).not.toContain('s3cret');
});

test('probes and the admin listener are not traced', async () => {
  await start();
  for (const path of ['/healthz', '/healthz?ts=1', '/healthz?', '/healthz#x', '/%68ealthz', '/readyz?verbose']) {
    expect((await get(path)).status, path).toBe(200);
  }
  await metrics();
  await get('/v1/items');
  await expect.poll(() => receiver.spans.map(({ name }) => name)).toEqual(['GET /v1/items']);
});

test('passwords in URLs do not appear in spans or log lines', async () => {
  await start();
  const { hostname, port } = new URL(service.url);
  for (const target of [
    'http://user:pa55@x/v1/items',
    '/v1/items/http://user:pa55@x/',
    '//user:pa55@x/',
    '/x#pa55',
    '/x?pa55',
  ]) {
    const socket = connect(Number(port), hostname);
    socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`).resume();
    await once(socket, 'close');
  }
  const socket = connect(Number(port), hostname);
  socket.end('GET /v1/items HTTP/1.1\r\nHost: user:pa55@x\r\nConnection: close\r\n\r\n').resume();
  await once(socket, 'close');
  await expect.poll(() => receiver.spans).toHaveLength(6);
  expect(JSON.stringify(receiver.spans)).not.toContain('pa55');
  expect(JSON.stringify(service.lines)).not.toContain('pa55');
});

test('the span of the last request is exported before the process exits', async () => {
  await start({ OTEL_BSP_SCHEDULE_DELAY: '60000' });
  await get('/v1/items/last');
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  expect(receiver.spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/v1/items/last']);
});

test('a request that the client aborts creates a span without an error status', async () => {
  await start();
  const controller = new AbortController();
  const sent = fetch(`${service.url}/v1/items/z`, {
    method: 'PUT',
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
    body: new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{')) }),
    signal: controller.signal,
  });
  await expect.poll(metrics).toContain('http_requests_in_flight 1');
  controller.abort();
  await expect(sent).rejects.toThrow();
  await expect.poll(() => receiver.spans).toHaveLength(1);
  expect(receiver.spans[0]?.name).toBe('PUT /v1/items/{key}');
  expect(receiver.spans[0]?.statusCode).not.toBe(ERROR);
  expect(receiver.spans[0]?.attributes).not.toHaveProperty('http.response.status_code');
});

test.each([
  ['responds with errors', { status: 500 }],
  ['does not respond', 'silence'],
] as const)('if the collector %s, dropped spans are counted and no request fails', async (_what, behaviour) => {
  await start({ OTEL_EXPORTER_OTLP_TIMEOUT: '300', OTEL_BSP_SCHEDULE_DELAY: '10' }, behaviour);
  for (let i = 0; i < 20; i++) expect((await get('/v1/items')).status).toBe(200);
  await expect.poll(metrics).toMatch(/tracing_spans_dropped_total\{reason="export_failed"\} [1-9]/);
  const url = `${receiver.endpoint}/v1/traces`;
  expect(await service.line('spans are being dropped')).toMatchObject({ url });
  await expect.poll(() => service.lines.filter(({ msg }) => msg === 'spans are being dropped')).toHaveLength(1);
  const startedAt = performance.now();
  await get('/v1/items');
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
  // The hard deadline, after which the exit code is 1, is 9 s.
  expect(performance.now() - startedAt).toBeLessThan(8_000);
});

test('without an endpoint tracing is disabled', async () => {
  receiver = await startOtlpReceiver();
  service = await startItemsService();
  const { body } = await get('/v1/items/none');
  expect(JSON.parse(body)).not.toHaveProperty('traceId');
  expect(await metrics()).not.toContain('tracing_');
  await expect.poll(() => service.lines.find(({ path }) => path === '/v1/items/none')).toBeDefined();
  expect(service.lines.find(({ path }) => path === '/v1/items/none')).not.toHaveProperty('trace_id');
});
