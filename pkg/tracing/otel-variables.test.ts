import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
import { readOtelVariables } from './otel-variables.ts';
import { isTracingEnabled } from './tracing.ts';

const read = (variable: string, value: string) => {
  const { values, warnings } = readOtelVariables({ [variable]: value });
  return { value: values[variable], warned: warnings.map((warning) => warning.variable) };
};

test.each([
  ['OTEL_TRACES_SAMPLER', 'ALWAYS_on', 'always_on'],
  ['OTEL_PROPAGATORS', ' B3 , tracecontext', 'b3,tracecontext'],
  ['OTEL_SDK_DISABLED', ' True ', 'true'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'gRPC', 'grpc'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317', 'collector:4317'],
  ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', '0300', '300'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'api-key=a%20b,x=y', 'api-key=a%20b,x=y'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'service.name=orders,team=a%2Cb,', 'service.name=orders,team=a%2Cb,'],
  ['OTEL_SPAN_EVENT_COUNT_LIMIT', '0', '0'],
])('%s=%s is accepted and normalized', (variable, value, used) => {
  expect(read(variable, value)).toEqual({ value: used, warned: [] });
});

test('an empty or blank variable counts as unset', () => {
  const names = [
    ...['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG', 'OTEL_PROPAGATORS', 'OTEL_SDK_DISABLED', 'OTEL_SERVICE_NAME'],
    ...['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_BSP_SCHEDULE_DELAY'],
    ...[
      'OTEL_RESOURCE_ATTRIBUTES',
      'OTEL_NODE_RESOURCE_DETECTORS',
      'OTEL_TRACES_EXPORTER',
      'OTEL_EXPORTER_OTLP_HEADERS',
    ],
  ];
  for (const empty of ['', ' \t']) {
    const env = Object.fromEntries(names.map((name) => [name, empty]));
    expect(readOtelVariables(env)).toEqual({ values: {}, warnings: [] });
  }
});

test.each([
  ['OTEL_TRACES_SAMPLER', 'nonsense'],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
  ['OTEL_SDK_DISABLED', '1'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://collector'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '10s'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '0'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '3000000000'],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd'],
  ['OTEL_EXPORTER_OTLP_INSECURE', 'yes'],
  ['OTEL_BSP_SCHEDULE_DELAY', '-1'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', 'many'],
  ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '1.5'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team=a=b'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team=%'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team'],
  ['OTEL_PROPAGATORS', 'jaeger'],
  ['OTEL_TRACES_EXPORTER', 'zipkin'],
  ['OTEL_NODE_RESOURCE_DETECTORS', 'aws'],
  ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/nowhere.pem'],
  ['OTEL_LOG_LEVEL', 'loud'],
])('%s=%s is invalid: it causes a warning and counts as unset', (variable, value) => {
  expect(read(variable, value)).toEqual({ value: undefined, warned: [variable] });
});

test('the valid items of a list are used', () => {
  expect(read('OTEL_PROPAGATORS', 'xray,b3')).toEqual({ value: 'b3', warned: ['OTEL_PROPAGATORS'] });
  const { values, warnings } = readOtelVariables({ OTEL_EXPORTER_OTLP_HEADERS: 'bad name=s3cret,key=s3cret,s3cret' });
  expect(values).toEqual({ OTEL_EXPORTER_OTLP_HEADERS: 'key=s3cret' });
  expect(JSON.stringify(warnings)).not.toContain('s3cret');
});

test('a warning has the expected format and the fallback, but no passwords', () => {
  expect(readOtelVariables({ OTEL_TRACES_SAMPLER: 'nonsense' }).warnings).toEqual([
    {
      variable: 'OTEL_TRACES_SAMPLER',
      value: 'nonsense',
      expected: expect.stringContaining('parentbased_traceidratio'),
      used: 'the configured sample ratio',
    },
  ]);
  const { warnings } = readOtelVariables({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://user:s3cret@host' });
  expect(warnings).toMatchObject([{ value: 'ftp://***@host', used: 'the configured endpoint' }]);
});

test('inconsistent values cause a warning', () => {
  const sampler = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' };
  expect(readOtelVariables(sampler)).toEqual({ values: sampler, warnings: [] });
  expect(readOtelVariables({ ...sampler, OTEL_TRACES_SAMPLER_ARG: '1.5' })).toMatchObject({
    values: { OTEL_TRACES_SAMPLER: 'traceidratio' },
    warnings: [{ variable: 'OTEL_TRACES_SAMPLER_ARG', used: '1' }],
  });
  expect(read('OTEL_TRACES_SAMPLER_ARG', '0.5').warned).toEqual(['OTEL_TRACES_SAMPLER_ARG']);
  expect(read('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '9000').warned).toEqual(['OTEL_BSP_MAX_EXPORT_BATCH_SIZE']);
});

test('a certificate in a FIFO does not block', () => {
  const fifo = join(temporaryFiles({}), 'fifo');
  execFileSync('mkfifo', [fifo]);
  expect(read('OTEL_EXPORTER_OTLP_CERTIFICATE', fifo).value).toBeUndefined();
});

test('an empty or invalid endpoint does not enable tracing', () => {
  const enabled = (env: NodeJS.ProcessEnv) => isTracingEnabled({ protocol: 'grpc', sampleRatio: 1 }, env);
  expect(enabled({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' })).toBe(true);
  expect(enabled({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBe(false);
  expect(enabled({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1' })).toBe(true);
  expect(enabled({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).toBe(false);
  for (const off of [{ OTEL_SDK_DISABLED: 'TRUE' }, { OTEL_TRACES_EXPORTER: 'None' }]) {
    expect(enabled({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317', ...off })).toBe(false);
  }
});
