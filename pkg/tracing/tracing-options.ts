import type { Tracer } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

export interface TracingOptions {
  /** Default: true if an endpoint is set, here or in the standard variables. */
  enabled?: boolean;
  /** Base URL of an OTLP receiver, such as `http://collector:4318`. Default: the standard variables. */
  endpoint?: string;
  protocol: 'http/protobuf' | 'grpc';
  /** Share of new traces to record, 0 to 1. A caller's decision is followed. `OTEL_TRACES_SAMPLER` overrides it. */
  sampleRatio: number;
}

/** Identifies the service in every trace (resource attributes of the semantic conventions). */
export interface TracedService {
  name: string;
  version: string;
  environment: string;
}

export type FinishedSpan = ReadableSpan;

export const DROP_REASONS = ['queue_full', 'export_failed'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface TracingDependencies {
  service: TracedService;
  env: NodeJS.ProcessEnv;
  /** Instrumentations to register. Libraries already imported as ES modules cannot be instrumented this way. */
  instrumentations: readonly Instrumentation[];
  onExported(count: number): void;
  onDropped(count: number, reason: DropReason, error?: Error): void;
  /** Also receives every finished span. Default: nothing. */
  onSpan?: ((span: FinishedSpan) => void) | undefined;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** The actual request URL for spans, without parts that may be secret. */
  readonly url: string;
  readonly protocol: TracingOptions['protocol'];
  /** Exports all queued spans and stops. Rejects if `signal` aborts first. */
  shutdown(signal: AbortSignal): Promise<void>;
}
