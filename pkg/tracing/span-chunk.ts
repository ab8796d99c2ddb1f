import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Several spans, serialised as one OTLP protobuf request. */
export interface SpanChunk {
  /** Number of spans. */
  readonly spans: number;
  readonly bytes: Uint8Array;
}

export function serializeSpans(spans: ReadableSpan[]): SpanChunk {
  return { spans: spans.length, bytes: ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array() };
}
