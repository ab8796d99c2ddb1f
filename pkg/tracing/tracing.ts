import { type Tracer, trace } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { createHeadSampledTracer } from './head-sampled-tracer.ts';
import { createRandomIds } from './random-ids.ts';
import { createRatioSampler } from './ratio-sampler.ts';
import { createSpanQueue, type DropReason, type SpanQueueOptions } from './span-queue.ts';

export interface TracingOptions {
  /** Default: whether there is an endpoint, here or in the standard variables. */
  enabled?: boolean;
  /** Base URL of an OTLP receiver, such as `http://collector:4318`. Default: the standard variables. */
  endpoint?: string;
  protocol: 'http/protobuf' | 'grpc';
  /** Share of new traces that are recorded, 0 to 1. A caller's decision is followed; `OTEL_TRACES_SAMPLER` wins. */
  sampleRatio: number;
}

/** Describes the service in every trace (resource attributes of the semantic conventions). */
export interface TracedService {
  name: string;
  version: string;
  environment: string;
}

export interface TracingDependencies {
  service: TracedService;
  env: NodeJS.ProcessEnv;
  /** Libraries to instrument. Those imported as ES modules before this must take care of themselves. */
  instrumentations: readonly Instrumentation[];
  onExported(count: number): void;
  onDropped(count: number, reason: DropReason, error?: Error): void;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is waiting and stops. Rejects when `signal` aborts before all is sent. */
  shutdown(signal: AbortSignal): Promise<void>;
}

/** Off unless there is somewhere to send spans to: the SDK's own default is a collector on localhost. */
export function isTracingEnabled({ enabled, endpoint }: TracingOptions, env: NodeJS.ProcessEnv): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return false;
  const somewhere = endpoint ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return enabled ?? (somewhere !== undefined && somewhere !== '');
}

/**
 * Starts the OpenTelemetry SDK: registers its tracer, its context and its propagator (W3C Trace Context and Baggage, or
 * `OTEL_PROPAGATORS`) with the API, for the whole process. The SDK is loaded only here: a service without an endpoint
 * pays nothing for it.
 */
export async function startTracing(options: TracingOptions, dependencies: TracingDependencies): Promise<Tracing> {
  const { service, env, instrumentations, onExported, onDropped } = dependencies;
  const [{ NodeSDK }, { ParentBasedSampler }, resources, { createPartExporter }, { serializeSpans }] =
    await Promise.all([
      import('@opentelemetry/sdk-node'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
      import('./part-exporter.ts'),
      import('./span-part.ts'),
    ]);
  const exporter = await createPartExporter({ ...options, protocol: protocolOf(options, env) });
  const ratio = env.OTEL_TRACES_SAMPLER === undefined ? options.sampleRatio : undefined;
  const ids = createRandomIds();
  const queue = createSpanQueue(queueOptions(env), { serialize: serializeSpans, exporter, onExported, onDropped });
  const sdk = new NodeSDK({
    serviceName: env.OTEL_SERVICE_NAME ?? service.name,
    resource: resources.defaultResource().merge(
      resources.resourceFromAttributes({
        'service.version': service.version,
        'deployment.environment.name': service.environment,
      }),
    ),
    // The SDK's own list has the process's command line in it, which is no business of a trace store.
    ...(env.OTEL_NODE_RESOURCE_DETECTORS === undefined && {
      resourceDetectors: [resources.hostDetector, resources.serviceInstanceIdDetector, resources.envDetector],
    }),
    ...(ratio !== undefined && { sampler: new ParentBasedSampler({ root: createRatioSampler(ratio) }) }),
    idGenerator: ids,
    spanProcessors: [queue],
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [...instrumentations],
  });
  sdk.start();
  const tracer = trace.getTracer(service.name, service.version);
  return {
    tracer: ratio === undefined ? tracer : createHeadSampledTracer(tracer, { ratio, ids }),
    async shutdown(signal) {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      await Promise.race([sdk.shutdown(), aborted]);
    },
  };
}

function protocolOf({ protocol }: TracingOptions, env: NodeJS.ProcessEnv): TracingOptions['protocol'] {
  const chosen = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? protocol;
  return chosen === 'grpc' ? 'grpc' : 'http/protobuf';
}

/** The standard `OTEL_BSP_*` variables, with their standard defaults but for a larger queue. */
function queueOptions(env: NodeJS.ProcessEnv): SpanQueueOptions {
  const numberOf = (name: string, fallback: number) => {
    const value = Number(env[name]);
    return Number.isInteger(value) && value > 0 ? value : fallback;
  };
  const maxQueueSize = numberOf('OTEL_BSP_MAX_QUEUE_SIZE', 8192);
  return {
    maxQueueSize,
    maxBatchSize: Math.min(maxQueueSize, numberOf('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
    delayMs: numberOf('OTEL_BSP_SCHEDULE_DELAY', 5000),
    maxConcurrentExports: 4,
  };
}
