import { context, trace } from '@opentelemetry/api';
import { readOtelVariables } from './otel-variables.ts';
import type { Tracing, TracingDependencies, TracingOptions } from './tracing-options.ts';

/**
 * Returns whether tracing is enabled: by default, if there is an endpoint. Without one, the SDK would send spans to a
 * collector on localhost.
 */
export function isTracingEnabled({ enabled, endpoint }: TracingOptions, env: NodeJS.ProcessEnv): boolean {
  const { values } = readOtelVariables(env);
  if (values.OTEL_SDK_DISABLED === 'true' || values.OTEL_TRACES_EXPORTER?.includes('none')) return false;
  const target = endpoint ?? values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT;
  return enabled ?? target !== undefined;
}

/**
 * Starts the OpenTelemetry SDK. Registers its tracer, context manager and propagators (W3C Trace Context and Baggage,
 * or `OTEL_PROPAGATORS`) with the API for the whole process. Removes invalid `OTEL_*` variables from `process.env`,
 * which the SDK reads. The SDK is loaded only here, so a service without an endpoint has no cost.
 */
export async function startTracing(options: TracingOptions, dependencies: TracingDependencies): Promise<Tracing> {
  const { startSdk } = await import('./sdk.ts');
  return startSdk(options, dependencies);
}

/** Returns `trace_id`, `span_id` and `trace_flags` of the active span for a log line, or no fields outside a span. */
export function traceFields(): Record<string, string> {
  const active = trace.getSpanContext(context.active());
  if (!active) return {};
  return { trace_id: active.traceId, span_id: active.spanId, trace_flags: flagsOf(active.traceFlags) };
}

/** Formats trace flags as two hexadecimal digits (W3C Trace Context §3.2.2.5). */
export function flagsOf(traceFlags: number): string {
  return traceFlags === 1 ? '01' : traceFlags === 0 ? '00' : traceFlags.toString(16).padStart(2, '0');
}
