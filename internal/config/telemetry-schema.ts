import { boolean, oneOf, ratio, url } from '../../pkg/config/formats.ts';
import { byteSize } from '../../pkg/config/quantities.ts';
import type { Schema } from '../../pkg/config/schema.ts';

/** What the service writes to its log. */
export const logSchema = {
  level: {
    doc: 'The least severe level that is logged.',
    format: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
    default: 'info',
    reloadable: true,
  },
  format: {
    doc: '`json`, a line each, for machines; `pretty` for people.',
    format: oneOf('json', 'pretty'),
    default: 'json',
  },
  access: {
    doc:
      'Which requests get a line: `all`; `errors`, those answered 400 or more, or not to the end; `sampled`, errors ' +
      'and what is traced; `none`. Probes get none.',
    format: oneOf('all', 'errors', 'sampled', 'none'),
    default: 'all',
  },
  bufferSize: {
    doc: 'How much of the log waits in memory while standard output is slow, full or closed.',
    format: byteSize({ min: '64KiB' }),
    default: '1MiB',
  },
  onFull: {
    doc:
      'What happens when that buffer is full: `drop` discards lines and counts them in `log_lines_dropped_total`; ' +
      '`block` stops the whole process, probes and signals included, until the reader goes on. Lines that cannot be ' +
      'written because of an error (a full disk, a closed pipe) are dropped either way.',
    format: oneOf('drop', 'block'),
    default: 'drop',
  },
} as const satisfies Schema;

/** What it sends to a trace store. */
export const tracingSchema = {
  enabled: {
    doc:
      'Whether requests are traced. Unset, they are when there is an endpoint, here or in `OTEL_EXPORTER_OTLP_ENDPOINT`; ' +
      '`OTEL_SDK_DISABLED=true` wins. An empty `OTEL_*` variable counts as unset, and one with an unusable value too: ' +
      'that is a warning at start.',
    format: boolean(),
  },
  endpoint: {
    doc:
      'Base URL of the OTLP receiver that spans are sent to, such as `http://collector:4318`; over HTTP, `/v1/traces` ' +
      'is appended unless it ends so. Wins over `OTEL_EXPORTER_OTLP_ENDPOINT`.',
    format: url(),
  },
  protocol: {
    doc: 'How spans are sent; `OTEL_EXPORTER_OTLP_PROTOCOL` wins. gRPC usually has port 4317.',
    format: oneOf('http/protobuf', 'grpc'),
    default: 'http/protobuf',
  },
  sampleRatio: {
    doc: "Share of new traces that are recorded. A caller's decision is followed; `OTEL_TRACES_SAMPLER` wins.",
    format: ratio(),
    default: 0.1,
  },
} as const satisfies Schema;
