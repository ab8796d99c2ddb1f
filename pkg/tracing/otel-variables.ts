import { attributes, choice, choices, endpoint, file, headers, integer, ratio, type Validator } from './otel-values.ts';

/** A variable with a value that is invalid, at least in part. */
export interface OtelWarning {
  readonly variable: string;
  /** Absent if it may be a secret. */
  readonly value?: string;
  readonly expected: string;
  /** The value used instead. */
  readonly used: string;
}

/** The `OTEL_*` variables that the export of telemetry reads. */
export interface OtelVariables {
  /** Only variables with a valid value, normalized as the SDK expects. */
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly OtelWarning[];
}

interface Variable {
  readonly expected: string;
  readonly used: string;
  readonly secret?: true;
  readonly read: Validator;
}

const SAMPLERS = [
  ...['always_on', 'always_off', 'traceidratio'],
  ...['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'],
];
const PROPAGATORS = ['tracecontext', 'baggage', 'b3', 'b3multi', 'none'];
const DETECTORS = ['env', 'host', 'os', 'process', 'serviceinstance', 'all', 'none'];
const FALSE = { expected: 'true or false', used: 'false', read: choice(['true', 'false']) };

/** Defines the variable for all signals and those for one signal, which take precedence. */
function exporter(name: string, variable: Variable): Record<string, Variable> {
  const all = `OTEL_EXPORTER_OTLP_${name}`;
  const specific = { ...variable, used: `${all}, otherwise ${variable.used}` };
  const signals = ['TRACES', 'METRICS', 'LOGS'].map((signal) => [`OTEL_EXPORTER_OTLP_${signal}_${name}`, specific]);
  return { [all]: variable, ...Object.fromEntries(signals) };
}

function number(min: number, used: string): Variable {
  return { expected: `an integer of at least ${min}`, used, read: integer(min) };
}

const PEM_FILE = { expected: 'the path of a readable file', used: 'none', read: file };

const VARIABLES: Readonly<Record<string, Variable>> = {
  OTEL_SDK_DISABLED: FALSE,
  OTEL_SERVICE_NAME: { expected: 'a name', used: 'none', read: (value) => ({ value, whole: true }) },
  OTEL_RESOURCE_ATTRIBUTES: {
    expected: 'comma-separated key=value pairs, percent-encoded, with at most 255 characters per key and value',
    used: 'no attributes',
    read: attributes,
  },
  OTEL_NODE_RESOURCE_DETECTORS: {
    expected: `a comma-separated list of ${DETECTORS.join(', ')}`,
    used: 'the valid ones in the list, otherwise host,serviceinstance,env',
    read: choices(DETECTORS),
  },
  OTEL_LOG_LEVEL: {
    expected: 'one of none, error, warn, info, debug, verbose, all',
    used: 'none',
    read: choice(['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all']),
  },
  OTEL_PROPAGATORS: {
    expected: `a comma-separated list of ${PROPAGATORS.join(', ')}`,
    used: 'the valid ones in the list, otherwise tracecontext,baggage',
    read: choices(PROPAGATORS),
  },
  OTEL_TRACES_EXPORTER: { expected: 'otlp or none', used: 'otlp', read: choices(['otlp', 'none']) },
  OTEL_METRICS_EXPORTER: { expected: 'otlp or none', used: '`otlp.metrics`', read: choices(['otlp', 'none']) },
  OTEL_LOGS_EXPORTER: { expected: 'otlp or none', used: '`otlp.logs`', read: choices(['otlp', 'none']) },
  OTEL_METRIC_EXPORT_INTERVAL: number(1_000, '`otlp.interval`'),
  OTEL_TRACES_SAMPLER: {
    expected: `one of ${SAMPLERS.join(', ')}`,
    used: 'the configured sample ratio',
    read: choice(SAMPLERS),
  },
  OTEL_TRACES_SAMPLER_ARG: { expected: 'a number from 0 to 1', used: '1', read: ratio },
  ...exporter('PROTOCOL', {
    expected: 'http/protobuf or grpc',
    used: 'the configured protocol',
    read: choice(['http/protobuf', 'grpc']),
  }),
  ...exporter('ENDPOINT', {
    expected: 'a URL (http or https), or host:port for gRPC',
    used: 'the configured endpoint',
    read: endpoint,
  }),
  ...exporter('TIMEOUT', number(1, '10000')),
  ...exporter('COMPRESSION', { expected: 'gzip or none', used: 'none', read: choice(['gzip', 'none']) }),
  ...exporter('HEADERS', {
    expected: 'comma-separated name=value pairs, percent-encoded',
    used: 'the well-formed pairs',
    secret: true,
    read: headers,
  }),
  ...exporter('INSECURE', FALSE),
  ...exporter('CERTIFICATE', PEM_FILE),
  ...exporter('CLIENT_CERTIFICATE', PEM_FILE),
  ...exporter('CLIENT_KEY', PEM_FILE),
  OTEL_BSP_MAX_QUEUE_SIZE: number(1, '8192'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: number(1, '512'),
  OTEL_BSP_SCHEDULE_DELAY: number(1, '5000'),
  OTEL_ATTRIBUTE_COUNT_LIMIT: number(0, '128'),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: number(0, 'no limit'),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: number(0, 'OTEL_ATTRIBUTE_COUNT_LIMIT, otherwise 128'),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: number(0, 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, otherwise no limit'),
  OTEL_SPAN_EVENT_COUNT_LIMIT: number(0, '128'),
  OTEL_SPAN_LINK_COUNT_LIMIT: number(0, '128'),
  OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: number(0, '128'),
  OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: number(0, '128'),
};

/**
 * Reads the variables by the general rules of OpenTelemetry's specification ("Environment Variable Specification"): an
 * empty value counts as unset, known words are case-insensitive, and an invalid value causes a warning and counts as
 * unset.
 */
export function readOtelVariables(env: NodeJS.ProcessEnv): OtelVariables {
  const values: Record<string, string> = {};
  const warnings: OtelWarning[] = [];
  for (const [variable, { expected, used, secret, read }] of Object.entries(VARIABLES)) {
    const text = env[variable]?.trim() ?? '';
    if (text === '') continue;
    const { value, whole } = read(text);
    if (value !== undefined) values[variable] = value;
    if (!whole) warnings.push({ variable, ...(secret !== true && { value: shortened(text) }), expected, used });
  }
  return { values, warnings: [...warnings, ...argumentWarning(values), ...batchWarning(values)] };
}

/** Writes the values to `process.env`, where the SDK reads them, and removes invalid variables. */
export function applyOtelVariables({ values }: OtelVariables): void {
  for (const variable of Object.keys(VARIABLES)) {
    const value = values[variable];
    if (value === undefined) delete process.env[variable];
    else process.env[variable] = value;
  }
}

function argumentWarning(values: OtelVariables['values']): OtelWarning[] {
  const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: value } = values;
  if (value === undefined || sampler?.endsWith('traceidratio')) return [];
  const expected = 'OTEL_TRACES_SAMPLER to be traceidratio or parentbased_traceidratio';
  return [{ variable: 'OTEL_TRACES_SAMPLER_ARG', value, expected, used: sampler ?? 'the configured sample ratio' }];
}

function batchWarning(values: OtelVariables['values']): OtelWarning[] {
  const { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: value, OTEL_BSP_MAX_QUEUE_SIZE: queue = '8192' } = values;
  if (value === undefined || Number(value) <= Number(queue)) return [];
  const expected = 'at most OTEL_BSP_MAX_QUEUE_SIZE';
  return [{ variable: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', value, expected, used: queue }];
}

/** Masks passwords in URLs and truncates the text. */
function shortened(text: string): string {
  const masked = text.replaceAll(/:\/\/[^/\s]*@/g, '://***@');
  return masked.length > 80 ? `${masked.slice(0, 80)}…` : masked;
}
