import {
  type Context,
  type HrTime,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import type { RandomIds } from './random-ids.ts';
import { RequestSpan, type RequestSpanDependencies } from './request-span.ts';
import { createRatioTest } from './sampling.ts';

export interface RequestTracerOptions extends RequestSpanDependencies {
  ratio: number;
  /** Must be the SDK's generator, so that the SDK's own span has the same ids. */
  ids: RandomIds;
}

/**
 * Wraps the SDK's tracer to save time on the spans of requests: SERVER spans that start with a kind only, in the root
 * context or in that of a caller. A trace that the ratio sampler would not record consists of a pair of ids, and one that it
 * records of a {@link RequestSpan}. The SDK starts all other spans.
 */
export function createRequestTracer(sdk: Tracer, options: RequestTracerOptions): Tracer {
  const { ratio, ids } = options;
  const isRecorded = createRatioTest(ratio);

  function startRequestSpan(name: string, context: Context): Span {
    const caller = trace.getSpanContext(context);
    const traceId = caller?.traceId ?? ids.generateTraceId();
    const spanId = ids.generateSpanId();
    const isSampled = caller ? (caller.traceFlags & TraceFlags.SAMPLED) !== 0 : isRecorded(traceId);
    const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const traceState = caller?.traceState;
    const spanContext = traceState ? { traceId, spanId, traceFlags, traceState } : { traceId, spanId, traceFlags };
    if (!isSampled) return trace.wrapSpanContext(spanContext);
    const startInSdk = (startTime: HrTime) =>
      ids.reuse({ traceId, spanId }, () => sdk.startSpan(name, { kind: SpanKind.SERVER, startTime }, context));
    return new RequestSpan({ spanContext, parentSpanContext: caller, startInSdk }, options);
  }

  return {
    startSpan(name, details, context) {
      return context !== undefined && isOfRequest(details, context)
        ? startRequestSpan(name, context)
        : sdk.startSpan(name, details, context);
    },
    startActiveSpan: sdk.startActiveSpan.bind(sdk),
  };
}

/** Whether a span is that of a request: started with a kind only, and without a parent in this process. */
function isOfRequest(details: SpanOptions | undefined, context: Context): boolean {
  if (details?.kind !== SpanKind.SERVER || details.attributes || details.links || details.startTime || details.root)
    return false;
  if (context === ROOT_CONTEXT) return true;
  const parent = trace.getSpanContext(context);
  return (!parent || (parent.isRemote === true && isSpanContextValid(parent))) && !isTracingSuppressed(context);
}
