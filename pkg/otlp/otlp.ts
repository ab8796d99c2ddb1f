import type { Metrics } from '../metrics/metrics.ts';
import type { ChunkExporter } from '../tracing/chunk.ts';
import { createChunkExporter } from '../tracing/chunk-exporter.ts';
import { createChunkBuilder, createExportQueue, send } from '../tracing/export-queue.ts';
import { displayUrl, exportTarget, type Signal } from '../tracing/export-target.ts';
import { applyOtelVariables, readOtelVariables } from '../tracing/otel-variables.ts';
import { createResource } from '../tracing/resource.ts';
import type { DropReason, TracedService, TracingOptions } from '../tracing/tracing-options.ts';
import { serializeResource } from './attributes.ts';
import { createLogsSerializer } from './logs-request.ts';
import { createMetricsSerializer } from './metrics-request.ts';
import type { ExportedSignals } from './signals.ts';

export interface OtlpOptions extends Pick<TracingOptions, 'endpoint' | 'protocol'> {
  signals: ExportedSignals;
  /** Base URL of the receiver if neither `endpoint` nor the variable for the signal is set. */
  defaultEndpoint?: string | undefined;
  /** Period of the export of metrics, in milliseconds. `OTEL_METRIC_EXPORT_INTERVAL` overrides it. */
  intervalMs: number;
}

export interface OtlpDependencies {
  service: TracedService;
  env: NodeJS.ProcessEnv;
  metrics: Pick<Metrics, 'families'>;
  /** Passes every further line of the log, in JSON, to the function. */
  addReader(reader: (line: string) => void): void;
  /** Called for each successful export, with the number of metrics or log records. */
  onExported(signal: Signal, count: number): void;
  onDropped(signal: Signal, count: number, reason: DropReason, error?: Error): void;
}

export interface Otlp {
  /** The request URLs, without parts that may be secret. */
  readonly urls: readonly string[];
  /** Exports the last values and all queued log records, and stops. */
  shutdown(): Promise<void>;
}

/** One signal that is exported until it is shut down. */
interface Export {
  readonly url: string;
  shutdown(): Promise<void>;
}

/** Limits of the log queue: the defaults of OTEL_BLRP_*, except for a larger queue. */
const LOG_QUEUE = { maxQueueSize: 8192, maxBatchSize: 512, delayMs: 1_000, maxConcurrentExports: 4 };

/** Fields of every line that the resource contains. */
const RESOURCE_FIELDS = new Set(['service', 'version']);

/** Starts to export metrics and the log over OTLP, alongside the metrics endpoint and standard output. */
export async function startOtlp(options: OtlpOptions, dependencies: OtlpDependencies): Promise<Otlp> {
  const variables = readOtelVariables(dependencies.env);
  applyOtelVariables(variables);
  const resource = await createResource(dependencies.service, variables.values);
  const bytes = serializeResource(resource.attributes);
  const open = async (signal: Signal) => {
    const specific = variables.values[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`];
    const endpoint = options.endpoint ?? (specific === undefined ? options.defaultEndpoint : undefined);
    const destination = { protocol: options.protocol, ...(endpoint !== undefined && { endpoint }) };
    const target = exportTarget(destination, variables.values, signal);
    return { url: displayUrl(target.url), exporter: await createChunkExporter(target, variables.values) };
  };
  const intervalMs = Number(variables.values.OTEL_METRIC_EXPORT_INTERVAL ?? options.intervalMs);
  const exports: Export[] = [];
  if (options.signals.metrics) {
    exports.push(exportMetrics({ ...(await open('metrics')), intervalMs, resource: bytes }, dependencies));
  }
  if (options.signals.logs) exports.push(exportLogs({ ...(await open('logs')), resource: bytes }, dependencies));
  return {
    urls: exports.map(({ url }) => url),
    shutdown: async () => void (await Promise.all(exports.map(({ shutdown }) => shutdown()))),
  };
}

interface OpenSignal {
  readonly url: string;
  readonly exporter: ChunkExporter;
  readonly resource: Uint8Array;
}

function exportMetrics(
  { url, exporter, resource, intervalMs }: OpenSignal & { intervalMs: number },
  { service, metrics, onExported, onDropped }: OtlpDependencies,
): Export {
  const serialize = createMetricsSerializer(service.name, resource);
  // Counters start at zero with the process.
  const start = BigInt(Math.round(performance.timeOrigin)) * 1_000_000n;

  async function exportOnce(): Promise<void> {
    const chunk = serialize(await metrics.families(), { start, end: BigInt(Date.now()) * 1_000_000n });
    await send(exporter, [chunk]).then(
      () => onExported('metrics', chunk.items),
      (error: unknown) =>
        onDropped('metrics', chunk.items, 'export_failed', error instanceof Error ? error : undefined),
    );
  }

  const timer = setInterval(() => void exportOnce(), intervalMs);
  timer.unref();
  return {
    url,
    async shutdown() {
      clearInterval(timer);
      await exportOnce();
      await exporter.shutdown();
    },
  };
}

function exportLogs(
  { url, exporter, resource }: OpenSignal,
  { service, addReader, onExported, onDropped }: OtlpDependencies,
): Export {
  const queue = createExportQueue<string>(LOG_QUEUE, {
    builder: createChunkBuilder(createLogsSerializer(service.name, resource, RESOURCE_FIELDS)),
    exporter,
    onExported: (count) => onExported('logs', count),
    onDropped: (count, reason, error) => onDropped('logs', count, reason, error),
  });
  addReader(queue.add);
  return { url, shutdown: queue.shutdown };
}
