import type { Tracer } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';

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

export const DROP_REASONS = ['queue_full', 'export_failed'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

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
  const { startSdk } = await import('./sdk.ts');
  return startSdk(options, dependencies);
}
