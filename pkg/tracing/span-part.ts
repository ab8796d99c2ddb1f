import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Some spans as a request of OTLP in protobuf. */
export interface SpanPart {
  /** How many spans are in it. */
  readonly spans: number;
  readonly bytes: Uint8Array;
}

export function serializeSpans(spans: ReadableSpan[]): SpanPart {
  return { spans: spans.length, bytes: ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array() };
}
