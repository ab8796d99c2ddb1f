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
  /** Where spans are sent: the URL that is really requested, without what may be secret in it. */
  readonly url: string;
  readonly protocol: TracingOptions['protocol'];
  /** Sends what is waiting and stops. Rejects when `signal` aborts before all is sent. */
  shutdown(signal: AbortSignal): Promise<void>;
}
