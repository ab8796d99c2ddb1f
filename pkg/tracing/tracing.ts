import type { Tracer } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { readOtelVariables } from './otel-variables.ts';

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
  /** Where spans are sent: the URL that is really requested, without what may be secret in it. */
  readonly url: string;
  readonly protocol: TracingOptions['protocol'];
  /** Sends what is waiting and stops. Rejects when `signal` aborts before all is sent. */
  shutdown(signal: AbortSignal): Promise<void>;
}

/** Off unless there is somewhere to send spans to: the SDK's own default is a collector on localhost. */
export function isTracingEnabled({ enabled, endpoint }: TracingOptions, env: NodeJS.ProcessEnv): boolean {
  const { values } = readOtelVariables(env);
  if (values.OTEL_SDK_DISABLED === 'true' || values.OTEL_TRACES_EXPORTER?.includes('none')) return false;
  const somewhere = endpoint ?? values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT;
  return enabled ?? somewhere !== undefined;
}

/**
 * Starts the OpenTelemetry SDK: registers its tracer, its context and its propagator (W3C Trace Context and Baggage, or
 * `OTEL_PROPAGATORS`) with the API, for the whole process. Removes the `OTEL_*` variables that cannot be used from
 * `process.env`, which the SDK reads itself. The SDK is loaded only here: a service without an endpoint
 * pays nothing for it.
 */
export async function startTracing(options: TracingOptions, dependencies: TracingDependencies): Promise<Tracing> {
  const { startSdk } = await import('./sdk.ts');
  return startSdk(options, dependencies);
}
