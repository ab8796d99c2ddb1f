import { context, trace } from '@opentelemetry/api';

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
