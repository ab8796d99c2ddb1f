import type { Logger } from 'pino';
import { createThrottle } from '../../pkg/logging/throttle.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { readOtelVariables } from '../../pkg/tracing/otel-variables.ts';
import { DROP_REASONS, isTracingEnabled, startTracing, type Tracing } from '../../pkg/tracing/tracing.ts';
import type { Config } from '../config/config.ts';

export interface TracingDependencies {
  /** For the standard `OTEL_*` variables. */
  env: NodeJS.ProcessEnv;
  metrics: Metrics;
  logger: Logger;
}

/** The least time between two warnings about a collector that is unavailable, in milliseconds. */
const WARNING_INTERVAL_MS = 60_000;

/** Tracing as this service wants it: counted, and quiet about a collector that is away. Undefined when it is off. */
export async function createTracing(
  config: Config,
  { env, metrics, logger }: TracingDependencies,
): Promise<Tracing | undefined> {
  for (const warning of readOtelVariables(env).warnings) logger.warn(warning, 'unusable OpenTelemetry variable');
  if (!isTracingEnabled(config.tracing, env)) return undefined;
  const exported = metrics.counter({ name: 'tracing_spans_exported_total', help: 'Spans that the collector accepted' });
  const dropped = metrics.counter({
    name: 'tracing_spans_dropped_total',
    help: 'Spans that were lost: the queue was full, or the collector did not take them',
    labelNames: ['reason'],
  });
  // Present before the first of them, so that a rule sees it rise.
  for (const reason of DROP_REASONS) dropped.inc({ reason }, 0);
  const throttle = createThrottle(WARNING_INTERVAL_MS);
  const tracing = await startTracing(config.tracing, {
    service: { name: config.service.name, version: config.service.version, environment: config.environment },
    env,
    instrumentations: [],
    onExported: (count) => exported.inc(count),
    onDropped(count, reason, error) {
      dropped.inc({ reason }, count);
      if (throttle.isDue()) logger.warn({ err: error, reason, count, url: tracing.url }, 'spans are being dropped');
    },
  });
  logger.info({ url: tracing.url, protocol: tracing.protocol }, 'exporting spans');
  return tracing;
}
