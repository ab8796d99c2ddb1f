import type { AttributeValue } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { type ChunkBuilder, createChunkBuilder } from './export-queue.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Spans of one scope, and the fields around them, serialised. */
interface ScopeSpans {
  /** Fields of ResourceSpans apart from the scopes. */
  readonly resource: Buffer;
  /** Fields of ScopeSpans apart from the spans. */
  readonly scope: Buffer;
  readonly spans: ProtobufWriter;
}

/** Numbers of the fields that nest: ResourceSpans in a request, ScopeSpans in these, and their spans. */
const RESOURCE_SPANS = 1;
const SCOPE_SPANS = 2;
const SPANS = 2;

/** Set in the flags of a span if it is known whether its parent is remote, and if it is. */
const KNOWS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/**
 * Creates a builder of `ExportTraceServiceRequest`s with the same output as the SDK's serializer, in half the time. It writes
 * spans whose attributes are single values, without events and links, when they are added. The SDK serialises all others, and
 * resources and scopes.
 */
export function createSpanBuilder(): ChunkBuilder<ReadableSpan> {
  /** By scope, which belongs to one tracer provider with one resource. */
  const scopes = new Map<ReadableSpan['instrumentationScope'], ScopeSpans>();
  const others = createChunkBuilder(serializeBySdk);
  const header = new ProtobufWriter();
  let items = 0;

  function scopeOf(span: ReadableSpan): ScopeSpans {
    const known = scopes.get(span.instrumentationScope);
    if (known) return known;
    const created = { ...readEnvelope(serializeBySdk([span])), spans: new ProtobufWriter() };
    scopes.set(span.instrumentationScope, created);
    return created;
  }

  function requestOf({ resource, scope, spans }: ScopeSpans): Uint8Array {
    const length = scope.length + spans.length;
    header.header(SCOPE_SPANS, length);
    const inner = header.finish();
    header.header(RESOURCE_SPANS, resource.length + inner.length + length);
    return spans.finish(header.finish(), resource, inner, scope);
  }

  return {
    add(span) {
      items += 1;
      if (isPlain(span)) writeSpan(scopeOf(span).spans, span);
      else others.add(span);
    },
    take() {
      const written = [...scopes.values()].filter(({ spans }) => spans.length > 0).map(requestOf);
      const parts = [...written, others.take().bytes].filter(({ length }) => length > 0);
      const [first] = parts;
      const chunk = { items, bytes: first && parts.length === 1 ? first : Buffer.concat(parts) };
      items = 0;
      return chunk;
    },
  };
}

function serializeBySdk(spans: ReadableSpan[]): Uint8Array {
  return ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array();
}

/** Reads what is around the span from a request with one. */
function readEnvelope(request: Uint8Array): Pick<ScopeSpans, 'resource' | 'scope'> {
  const resourceSpans = fieldsOf(fieldsOf(request)[0]?.contents);
  const scopeSpans = fieldsOf(resourceSpans.find(({ field }) => field === SCOPE_SPANS)?.contents);
  return {
    resource: Buffer.concat(resourceSpans.filter(({ field }) => field !== SCOPE_SPANS).map(({ whole }) => whole)),
    scope: Buffer.concat(scopeSpans.filter(({ field }) => field !== SPANS).map(({ whole }) => whole)),
  };
}

/** Returns the fields of a message whose fields all have a length, as those around spans do. */
function fieldsOf(
  message: Uint8Array = new Uint8Array(),
): { field: number; whole: Uint8Array; contents: Uint8Array }[] {
  const fields = [];
  for (let at = 0; at < message.length; ) {
    const start = at;
    const field = (message[at++] ?? 0) >> 3;
    let length = 0;
    for (let factor = 1, byte = 128; byte > 127; factor *= 128) {
      byte = message[at++] ?? 0;
      length += (byte & 127) * factor;
    }
    const contents = message.subarray(at, at + length);
    at += length;
    fields.push({ field, whole: message.subarray(start, at), contents });
  }
  return fields;
}

function isPlain(span: ReadableSpan): boolean {
  if (span.events.length > 0 || span.links.length > 0 || span.spanContext().traceState) return false;
  for (const name in span.attributes) if (!isPlainValue(span.attributes[name])) return false;
  return true;
}

function isPlainValue(value: AttributeValue | undefined): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || (value >= 0 && value <= Number.MAX_SAFE_INTEGER);
  return typeof value === 'string' || typeof value === 'boolean';
}

/** Writes a plain span with the numbers of fields that opentelemetry-proto's `Span` has. */
function writeSpan(writer: ProtobufWriter, span: ReadableSpan): void {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const { parentSpanContext: parent, status } = span;
  const start = writer.begin(SPANS);
  writer.id(1, traceId);
  writer.id(2, spanId);
  if (parent?.spanId) writer.id(4, parent.spanId);
  writer.text(5, span.name);
  writer.uint(6, span.kind + 1);
  writer.time(7, span.startTime);
  writer.time(8, span.endTime);
  for (const name in span.attributes) writeAttribute(writer, name, span.attributes[name]);
  writer.uint(10, span.droppedAttributesCount);
  writer.uint(12, span.droppedEventsCount);
  writer.uint(14, span.droppedLinksCount);
  const statusStart = writer.begin(15);
  if (status.message) writer.text(2, status.message);
  writer.uint(3, status.code);
  writer.end(statusStart);
  writer.fixed32(16, (traceFlags & 0xff) | KNOWS_REMOTE | (parent?.isRemote ? IS_REMOTE : 0));
  writer.end(start);
}

/** Writes a `KeyValue` whose value is plain. */
function writeAttribute(writer: ProtobufWriter, name: string, value: AttributeValue | undefined): void {
  const start = writer.begin(9);
  writer.text(1, name);
  const valueStart = writer.begin(2);
  if (typeof value === 'string') writer.text(1, value);
  else if (typeof value === 'boolean') writer.uint(2, value ? 1 : 0);
  else if (Number.isInteger(value)) writer.uint(3, Number(value));
  else writer.double(4, Number(value));
  writer.end(valueStart);
  writer.end(start);
}
