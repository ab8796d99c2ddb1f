import type { FinishedSpan } from '../tracing/tracing-options.ts';

/** Returns what the dashboard shows of a span. Times are in milliseconds; `start` is since 1970. */
export function describeSpan(span: FinishedSpan) {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: span.kind,
    start: toMs(span.startTime),
    duration: toMs(span.duration),
    status: span.status,
    attributes: span.attributes,
    events: span.events.map(({ name, attributes }) => ({ name, attributes })),
  };
}

function toMs([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
