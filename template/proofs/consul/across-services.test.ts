import { expect, onTestFinished, test } from 'vitest';
import { startAgent } from '../../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../../test/support/consul/binary.ts';
import { type Service, startService } from '../../../test/support/service.ts';
import { type ReceivedSpan, startOtlpReceiver } from '../../support/otlp-receiver.ts';

const SERVER = 2;
const CLIENT = 3;
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const BROWSER_SPAN_ID = '00f067aa0ba902b7';

interface Peers {
  items: { id: string; url: string }[];
  complete: boolean;
}

const portOf = ({ url }: Service) => Number(new URL(url).port);

describeWithConsul('a request for which an instance calls another instance', () => {
  test('forms one trace from the browser to the other instance, whose id is in both logs and both exemplars', async () => {
    const agent = await startAgent();
    onTestFinished(() => agent.stop());
    const receiver = await startOtlpReceiver();
    onTestFinished(() => receiver.close());
    const start = async () => {
      const service = await startService({
        env: {
          SKIFF_SERVICE_NAME: 'fleet',
          SKIFF_TRACING_ENDPOINT: receiver.endpoint,
          OTEL_BSP_SCHEDULE_DELAY: '50',
          SKIFF_CONSUL_ENABLED: 'true',
          SKIFF_CONSUL_ADDRESS: agent.url,
          SKIFF_CONSUL_SERVICE_ADDRESS: '127.0.0.1',
        },
      });
      onTestFinished(async () => {
        service.kill('SIGKILL');
        await service.exit;
      });
      await service.line('registered with Consul');
      return service;
    };
    const [caller, other] = await Promise.all([start(), start()]);

    const listPeers = async (traceparent: string): Promise<Peers> => {
      const headers = { traceparent, origin: 'https://app.example.com', 'user-agent': 'Mozilla/5.0', accept: '*/*' };
      return (await (await fetch(`${caller.url}/v1/peers`, { headers })).json()) as Peers;
    };
    // Waits until both pass their checks, with requests that are not sampled and so leave no spans.
    const unrecorded = `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00`;
    await expect.poll(async () => (await listPeers(unrecorded)).items.length).toBe(2);
    expect((await listPeers(`00-${TRACE_ID}-${BROWSER_SPAN_ID}-01`)).complete).toBe(true);

    // One server span of the caller, and a client span and a server span for each of the two instances.
    await expect.poll(() => receiver.spans.length).toBe(5);
    expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
    const childrenOf = (spanId: string) => receiver.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
    const instanceOf = ({ resource }: ReceivedSpan) => resource['service.instance.id'];

    const [root, ...moreRoots] = childrenOf(BROWSER_SPAN_ID);
    expect([root?.name, root?.kind, moreRoots.length]).toEqual(['GET /v1/peers', SERVER, 0]);
    if (root === undefined) throw new Error('the span of the browser has no child');
    const calls = childrenOf(root.spanId);
    expect(calls.map(({ kind, name }) => [kind, name])).toEqual([
      [CLIENT, 'GET'],
      [CLIENT, 'GET'],
    ]);
    const call = calls.find(({ attributes }) => attributes['server.port'] === portOf(other));
    if (call === undefined) throw new Error('no span of a call to the other instance');
    expect(call.resource['service.instance.id']).toBe(instanceOf(root));
    expect(call.attributes).toMatchObject({ 'http.request.method': 'GET', 'http.response.status_code': 200 });
    const [serverSpan, ...moreServerSpans] = childrenOf(call.spanId);
    if (serverSpan === undefined) throw new Error('the span of the call has no child');
    expect([serverSpan.name, serverSpan.kind, moreServerSpans.length]).toEqual(['GET /version', SERVER, 0]);
    expect(instanceOf(serverSpan)).not.toBe(instanceOf(root));
    expect(serverSpan.attributes['server.port']).toBe(portOf(other));
    expect(call.durationMs).toBeLessThanOrEqual(root.durationMs);

    const logged = (service: Service, path: string) =>
      service.lines.filter((line) => line.trace_id === TRACE_ID && line.path === path).map(({ span_id }) => span_id);
    await expect.poll(() => logged(caller, '/v1/peers')).toEqual([root.spanId]);
    await expect.poll(() => logged(other, '/version')).toEqual([serverSpan.spanId]);
    expect(await exemplarsOf(caller, '/v1/peers')).toContain(`{trace_id="${TRACE_ID}",span_id="${root.spanId}"}`);
    expect(await exemplarsOf(other, '/version')).toContain(`{trace_id="${TRACE_ID}",span_id="${serverSpan.spanId}"}`);
  });
});

/** Returns the labels of the exemplars in one route's latency histogram, as printed. */
async function exemplarsOf({ adminUrl }: Service, handler: string): Promise<(string | undefined)[]> {
  const headers = { accept: 'application/openmetrics-text' };
  const text = await (await fetch(`${adminUrl}/metrics`, { headers })).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('http_request_duration_seconds_bucket') && line.includes(`handler="${handler}"`))
    .map((line) => /# (\{[^}]*\})/.exec(line)?.[1])
    .filter((exemplar) => exemplar !== undefined);
}
