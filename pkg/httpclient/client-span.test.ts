import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { startOtlpReceiver } from '../../template/support/otlp-receiver.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { startTracing } from '../tracing/tracing.ts';
import { createHttpClient } from './http-client.ts';

test('each request gets a client span as a child of the active one and carries its trace context', async () => {
  const receiver = await startOtlpReceiver();
  const finished: string[] = [];
  const tracing = await startTracing(
    { endpoint: receiver.endpoint, protocol: 'http/protobuf', sampleRatio: 1 },
    {
      service: { name: 'caller', version: '1', environment: 'test' },
      env: {},
      instrumentations: [],
      onExported: () => {},
      onDropped: () => {},
      onSpan: ({ name }) => finished.push(name),
    },
  );
  const received: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    received.push(headers);
    response.statusCode = received.length === 1 ? 503 : 200;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = createHttpClient({}, { metrics: createMetrics(), tracer: tracing.tracer });
  onTestFinished(async () => {
    await client.close();
    server.close();
    receiver.close();
  });

  const outer = tracing.tracer.startSpan('outer');
  await context.with(trace.setSpan(context.active(), outer), () => client.request(`http://127.0.0.1:${port}/a`));
  outer.end();
  await tracing.shutdown(AbortSignal.timeout(5_000));

  expect(finished).toEqual(['GET', 'GET', 'outer']);
  const { traceId, spanId } = outer.spanContext();
  const sent = receiver.spans.filter(({ name }) => name === 'GET');
  expect(sent).toMatchObject([
    { traceId, parentSpanId: spanId, attributes: { 'http.response.status_code': 503, 'error.type': '503' } },
    {
      traceId,
      parentSpanId: spanId,
      attributes: {
        'http.request.method': 'GET',
        'http.request.resend_count': 1,
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'server.port': port,
        'url.full': `http://127.0.0.1:${port}/a`,
      },
    },
  ]);
  expect(received.map(({ traceparent }) => traceparent)).toEqual(sent.map((span) => `00-${traceId}-${span.spanId}-01`));
});
