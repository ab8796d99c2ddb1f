import { expect, test } from 'vitest';
import { render } from '../../../../test/deploy/helm.ts';
import { egressPorts } from './egress.ts';

test.each([
  ['the receiver of metrics and logs', { config: { otlp: { endpoint: 'http://collector:4319' } } }, [4319]],
  [
    'the receiver that a standard variable names',
    { extraEnv: [{ name: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', value: 'https://logs.example.com' }] },
    [443],
  ],
  ['the receiver of the spans, which gets all signals', { config: { tracing: { endpoint: 'http://c:4318' } } }, [4318]],
])('the NetworkPolicy allows connections to %s', async (_, values, ports) => {
  expect(egressPorts(await render(values))).toEqual([53, 53, ...ports]);
});
