import { boolean, url } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Schema } from '../../pkg/config/schema.ts';

/** Settings of metrics and logs over OTLP; traces have their own. */
export const otlpSchema = {
  metrics: {
    doc: 'Also sends metrics over OTLP. `OTEL_METRICS_EXPORTER` (`otlp` or `none`) takes precedence.',
    format: boolean(),
    default: false,
  },
  logs: {
    doc: 'Also sends the log over OTLP. `OTEL_LOGS_EXPORTER` (`otlp` or `none`) takes precedence.',
    format: boolean(),
    default: false,
  },
  endpoint: {
    doc:
      'Base URL of the OTLP receiver of metrics and logs, such as `http://collector:4318`. Over HTTP, `/v1/metrics` ' +
      'and `/v1/logs` are appended. Default: the variable for the signal, such as `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`, else ' +
      '`tracing.endpoint`, else `OTEL_EXPORTER_OTLP_ENDPOINT`. The protocol is `tracing.protocol`.',
    format: url(),
  },
  interval: {
    doc: 'Period of the export of metrics. `OTEL_METRIC_EXPORT_INTERVAL` (milliseconds) takes precedence.',
    format: duration({ min: '1s' }),
    default: '60s',
  },
} as const satisfies Schema;
