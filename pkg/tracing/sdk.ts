import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ParentBasedSampler } from '@opentelemetry/sdk-trace';
import { createChunkExporter } from './chunk-exporter.ts';
import type { ExportQueueOptions } from './export-queue.ts';
import { displayUrl, exportTarget } from './export-target.ts';
import { applyOtelVariables, type OtelVariables, readOtelVariables } from './otel-variables.ts';
import { createRandomIds } from './random-ids.ts';
import { createRequestTracer } from './request-tracer.ts';
import { createResource } from './resource.ts';
import { createRatioSampler } from './sampling.ts';
import { createSpanBuilder } from './span-builder.ts';
import { createSpanObserver } from './span-observer.ts';
import { createSpanQueue } from './span-queue.ts';
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
    builder: createSpanBuilder(),
    exporter,
    onExported,
    onDropped,
  });
  const processors = [queue, ...(onSpan ? [createSpanObserver(onSpan)] : [])];
  const resource = await createResource(service, env);
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource,
    ...(ratio !== undefined && { sampler: new ParentBasedSampler({ root: createRatioSampler(ratio) }) }),
    idGenerator: ids,
    spanProcessors: processors,
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [...instrumentations],
  });
  sdk.start();
  const instrumentationScope = { name: service.name, version: service.version };
  const tracer = trace.getTracer(instrumentationScope.name, instrumentationScope.version);
  return {
    url: displayUrl(target.url),
    protocol: target.protocol,
    tracer:
      ratio === undefined || limitsAttributes(env)
        ? tracer
        : createRequestTracer(tracer, {
            ratio,
            ids,
            resource,
            instrumentationScope,
            onEnd: (span) => {
              for (const processor of processors) processor.onEnd(span);
            },
          }),
    async shutdown(signal) {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      await Promise.race([sdk.shutdown(), aborted]);
    },
  };
}

/** Whether the limits of attributes were changed. A span of the request tracer does not check them. */
function limitsAttributes(env: OtelVariables['values']): boolean {
  return Object.keys(env).some((name) => /^OTEL_(?:SPAN_)?ATTRIBUTE_/.test(name));
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
