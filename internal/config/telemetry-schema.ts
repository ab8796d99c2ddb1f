import { boolean, oneOf, ratio, url } from '../../pkg/config/formats.ts';
import { byteSize } from '../../pkg/config/quantities.ts';
import type { Schema } from '../../pkg/config/schema.ts';

/** Settings of the log. */
export const logSchema = {
  level: {
    doc: 'Minimum severity that is logged.',
    format: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
    default: 'info',
    reloadable: true,
  },
  format: {
    doc: '`json` writes one JSON object per line, for machines; `pretty` is for people.',
    format: oneOf('json', 'pretty'),
    default: 'json',
  },
  access: {
    doc:
      'Which requests get an access log line: `all`; `errors`, those with a status of 400 or above or an incomplete ' +
      'response; `sampled`, errors and traced requests; `none`. Probes are never logged.',
    format: oneOf('all', 'errors', 'sampled', 'none'),
    default: 'all',
  },
  bufferSize: {
    doc: 'Maximum amount of log buffered in memory while standard output is slow, full or closed.',
    format: byteSize({ min: '64KiB' }),
    default: '1MiB',
  },
  onFull: {
    doc:
      'What happens when the log buffer is full: `drop` discards lines and counts them in `log_lines_dropped_total`; ' +
      '`block` blocks the whole process, including probes and signals, until the reader catches up. Lines that ' +
      'cannot be written because of an error (a full disk, a closed pipe) are dropped either way.',
    format: oneOf('drop', 'block'),
    default: 'drop',
  },
} as const satisfies Schema;

/** Settings of tracing. */
export const tracingSchema = {
  enabled: {
    doc:
      'Whether requests are traced. When it is not set, they are if `tracing.endpoint` or ' +
      '`OTEL_EXPORTER_OTLP_ENDPOINT` is set. `OTEL_SDK_DISABLED=true` takes precedence. An `OTEL_*` variable that is ' +
      'empty or has an invalid value is ignored; the latter logs a warning at start.',
    format: boolean(),
  },
  endpoint: {
    doc:
      'Base URL of the OTLP receiver that spans are sent to, such as `http://collector:4318`. Over HTTP, ' +
      '`/v1/traces` is appended unless the URL already ends with it. Takes precedence over ' +
      '`OTEL_EXPORTER_OTLP_ENDPOINT`.',
    format: url(),
  },
  protocol: {
    doc: 'Protocol for sending spans. `OTEL_EXPORTER_OTLP_PROTOCOL` takes precedence. gRPC usually uses port 4317.',
    format: oneOf('http/protobuf', 'grpc'),
    default: 'http/protobuf',
  },
  sampleRatio: {
    doc:
      "Fraction of new traces that are recorded. A caller's sampling decision is followed. `OTEL_TRACES_SAMPLER` " +
      'takes precedence.',
    format: ratio(),
    default: 0.1,
  },
} as const satisfies Schema;
