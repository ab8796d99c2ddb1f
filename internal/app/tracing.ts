import type { Logger } from 'pino';
import type { Devtools } from '../../pkg/devtools/devtools.ts';
import { createThrottle } from '../../pkg/logging/throttle.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { readOtelVariables } from '../../pkg/tracing/otel-variables.ts';
import { isTracingEnabled, startTracing } from '../../pkg/tracing/tracing.ts';
import { DROP_REASONS, type Tracing } from '../../pkg/tracing/tracing-options.ts';
import type { Config } from '../config/config.ts';

export interface TracingDependencies {
  /** For the standard `OTEL_*` variables. */
  env: NodeJS.ProcessEnv;
  metrics: Metrics;
  logger: Logger;
  devtools?: Pick<Devtools, 'onSpan' | 'startTracing'> | undefined;
}

/** Minimum time between two warnings about an unavailable collector, in milliseconds. */
const WARNING_INTERVAL_MS = 60_000;

/** Starts tracing with metrics and rate-limited warnings. Returns undefined if tracing is disabled. */
export async function createTracing(
  config: Config,
  dependencies: TracingDependencies,
): Promise<Pick<Tracing, 'tracer' | 'shutdown'> | undefined> {
  const { env, metrics, logger } = dependencies;
  const { devtools } = dependencies;
  for (const warning of readOtelVariables(env).warnings) logger.warn(warning, 'invalid OpenTelemetry variable');
  if (devtools && !isTracingEnabled(config.tracing, env)) return devtools.startTracing(config.service.name);
  if (!isTracingEnabled(config.tracing, env)) return undefined;
  const exported = metrics.counter({
    name: 'tracing_spans_exported_total',
    help: 'Spans accepted by the collector',
  });
  const dropped = metrics.counter({
    name: 'tracing_spans_dropped_total',
    help: 'Spans dropped because the queue was full or the collector did not accept them',
    labelNames: ['reason'],
  });
  // Initialized to 0, so that increase() in an alert rule sees the first drop.
  for (const reason of DROP_REASONS) dropped.inc({ reason }, 0);
  const throttle = createThrottle(WARNING_INTERVAL_MS);
  const tracing = await startTracing(config.tracing, {
    service: { name: config.service.name, version: config.service.version, environment: config.environment },
    env,
    instrumentations: [],
    onSpan: devtools?.onSpan,
    onExported: (count) => exported.inc(count),
    onDropped(count, reason, error) {
      dropped.inc({ reason }, count);
      if (throttle.isDue()) logger.warn({ err: error, reason, count, url: tracing.url }, 'spans are being dropped');
    },
  });
  logger.info({ url: tracing.url, protocol: tracing.protocol }, 'exporting spans');
  return tracing;
}
