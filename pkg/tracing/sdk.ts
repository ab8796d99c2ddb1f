import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ParentBasedSampler } from '@opentelemetry/sdk-trace';
import { createChunkExporter } from './chunk-exporter.ts';
import type { ExportQueueOptions } from './export-queue.ts';
import { displayUrl, exportTarget } from './export-target.ts';
import { applyOtelVariables, type OtelVariables, readOtelVariables } from './otel-variables.ts';
import { createRandomIds } from './random-ids.ts';
import { createResource } from './resource.ts';
import { createHeadSampledTracer, createRatioSampler } from './sampling.ts';
import { createSpanObserver } from './span-observer.ts';
import { createSpanQueue } from './span-queue.ts';
import { createSpanSerializer } from './span-serializer.ts';
import type { Tracing, TracingDependencies, TracingOptions } from './tracing-options.ts';

/** Starts the SDK for `startTracing`. Only this module imports the SDK, with named imports to keep the bundle small. */
export async function startSdk(options: TracingOptions, dependencies: TracingDependencies): Promise<Tracing> {
  const { service, instrumentations, onExported, onDropped, onSpan } = dependencies;
  const variables = readOtelVariables(dependencies.env);
  const env = variables.values;
  applyOtelVariables(variables);
  const target = exportTarget(options, env);
  const exporter = await createChunkExporter(target, env);
  const ratio = env.OTEL_TRACES_SAMPLER === undefined ? options.sampleRatio : undefined;
  const ids = createRandomIds();
  const queue = createSpanQueue(queueOptions(env), {
    serialize: createSpanSerializer(),
    exporter,
    onExported,
    onDropped,
  });
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: await createResource(service, env),
    ...(ratio !== undefined && { sampler: new ParentBasedSampler({ root: createRatioSampler(ratio) }) }),
    idGenerator: ids,
    spanProcessors: [queue, ...(onSpan ? [createSpanObserver(onSpan)] : [])],
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [...instrumentations],
  });
  sdk.start();
  const tracer = trace.getTracer(service.name, service.version);
  return {
    url: displayUrl(target.url),
    protocol: target.protocol,
    tracer: ratio === undefined ? tracer : createHeadSampledTracer(tracer, { ratio, ids }),
    async shutdown(signal) {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      await Promise.race([sdk.shutdown(), aborted]);
    },
  };
}

/** Reads the standard `OTEL_BSP_*` variables, with their standard defaults except for a larger queue. */
function queueOptions(env: OtelVariables['values']): ExportQueueOptions {
  const numberOf = (name: string, fallback: number) => Number(env[name] ?? fallback);
  const maxQueueSize = numberOf('OTEL_BSP_MAX_QUEUE_SIZE', 8192);
  return {
    maxQueueSize,
    maxBatchSize: Math.min(maxQueueSize, numberOf('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
    delayMs: numberOf('OTEL_BSP_SCHEDULE_DELAY', 5000),
    maxConcurrentExports: 4,
  };
}
