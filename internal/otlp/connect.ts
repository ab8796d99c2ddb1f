import { createThrottle } from '../../pkg/logging/throttle.ts';
import { startOtlp } from '../../pkg/otlp/otlp.ts';
import type { ExportedSignals } from '../../pkg/otlp/signals.ts';
import { DROP_REASONS } from '../../pkg/tracing/tracing-options.ts';
import type { Connection, IntegrationContext } from '../app/integration.ts';

/** Minimum time between two warnings about an unavailable receiver, in milliseconds. */
const WARNING_INTERVAL_MS = 60_000;

/** Starts the export, with metrics and rate-limited warnings. */
export async function connect(
  signals: ExportedSignals,
  { configuration, env, metrics, logging }: IntegrationContext,
): Promise<Connection> {
  const { service, environment, tracing, otlp } = configuration.current;
  const logger = logging.component('otlp');
  const exported = metrics.counter({
    name: 'otlp_exported_total',
    help: 'Metrics and log records accepted by the OTLP receiver',
    labelNames: ['signal'],
  });
  const dropped = metrics.counter({
    name: 'otlp_dropped_total',
    help: 'Metrics and log records dropped because the queue was full or the receiver did not accept them',
    labelNames: ['signal', 'reason'],
  });
  // Initialized to 0, so that increase() in an alert rule sees the first drop.
  for (const signal of ['metrics', 'logs']) for (const reason of DROP_REASONS) dropped.inc({ signal, reason }, 0);
  const throttle = createThrottle(WARNING_INTERVAL_MS);
  const exporting = await startOtlp(
    {
      signals,
      protocol: tracing.protocol,
      intervalMs: otlp.intervalMs,
      ...(otlp.endpoint !== undefined && { endpoint: otlp.endpoint }),
      defaultEndpoint: tracing.endpoint?.replace(/\/v1\/traces\/?$/, ''),
    },
    {
      service: { name: service.name, version: service.version, environment },
      env,
      metrics,
      addReader: logging.addReader,
      onExported: (signal, count) => exported.inc({ signal }, count),
      onDropped(signal, count, reason, error) {
        dropped.inc({ signal, reason }, count);
        if (throttle.isDue())
          logger.warn({ err: error, signal, reason, count }, 'metrics or log records are being dropped');
      },
    },
  );
  logger.info({ urls: exporting.urls }, 'exporting over OTLP');
  return { offer: undefined, components: [{ name: 'otlp', flush: exporting.shutdown }] };
}
