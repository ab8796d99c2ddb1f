import { context, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { startStubApi } from '../../template/support/kubernetes/stub-api.ts';
import { startOtlpReceiver } from '../../template/support/otlp-receiver.ts';
import { startTracing } from '../tracing/tracing.ts';
import { createKubernetesClient } from './client.ts';
import type { KubernetesObject } from './object.ts';
import type { Resource } from './resource.ts';

const jobs: Resource<KubernetesObject> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  namespaced: true,
};

test('each request gets a client span as a child of the active one and carries its trace context', async () => {
  const receiver = await startOtlpReceiver();
  const tracing = await startTracing(
    { endpoint: receiver.endpoint, protocol: 'http/protobuf', sampleRatio: 1 },
    {
      service: { name: 'controller', version: '1', environment: 'test' },
      env: {},
      instrumentations: [],
      onExported: () => {},
      onDropped: () => {},
    },
  );
  const stub = await startStubApi();
  const options = { connection: stub.connection(), userAgent: 'skiff/1.0' };
  const client = createKubernetesClient(options, { tracer: tracing.tracer });
  onTestFinished(async () => {
    await client.close();
    receiver.close();
  });

  const outer = tracing.tracer.startSpan('outer');
  stub.replyNext(undefined, { status: 404 }, 'reset');
  await context.with(trace.setSpan(context.active(), outer), async () => {
    for (let call = 0; call < 3; call += 1) await client.get(jobs, 'report').catch(() => {});
  });
  outer.end();
  await tracing.shutdown(AbortSignal.timeout(5_000));

  const name = 'GET /apis/batch/v1/namespaces/{namespace}/jobs/{name}';
  const { traceId, spanId: parentSpanId } = outer.spanContext();
  const sent = receiver.spans.filter((span) => span.name === name);
  expect(sent).toMatchObject([
    {
      traceId,
      parentSpanId,
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'server.address': 'localhost',
        'server.port': Number(new URL(stub.url).port),
        'url.full': `${stub.url}/apis/batch/v1/namespaces/shop/jobs/report`,
        'url.template': '/apis/batch/v1/namespaces/{namespace}/jobs/{name}',
      },
    },
    { attributes: { 'http.response.status_code': 404, 'error.type': '404' } },
    { attributes: { 'error.type': 'KUBERNETES_UNAVAILABLE' } },
  ]);
  const headers = stub.requests.map((request) => request.headers.traceparent);
  expect(headers).toEqual(sent.map(({ spanId }) => `00-${traceId}-${spanId}-01`));
});
