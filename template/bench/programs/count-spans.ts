const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Field numbers of ExportTraceServiceRequest.resource_spans → ResourceSpans.scope_spans → ScopeSpans.spans. */
const PATH_TO_SPANS = [1, 2, 2];

/**
 * Returns the number of spans in an OTLP `ExportTraceServiceRequest` (opentelemetry-proto, trace/v1). Skips everything else,
 * so that the receiver uses little CPU time on the core that it shares with the load generator.
 *
 * @throws RangeError if the bytes are not such a message.
 */
export function countSpans(message: Uint8Array): number {
  return countAt(message, 0, message.length, PATH_TO_SPANS);
}

function countAt(bytes: Uint8Array, from: number, to: number, [wanted, ...deeper]: readonly number[]): number {
  let count = 0;
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || at > to) throw new RangeError('the message ends inside a number');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < to) {
    const tag = varint();
    const length = lengthOf(tag & 7, varint);
    if (at + length > to) throw new RangeError('a field is longer than its message');
    if (Math.floor(tag / 8) === wanted && (tag & 7) === LENGTH_DELIMITED) {
      count += deeper.length === 0 ? 1 : countAt(bytes, at, at + length, deeper);
    }
    at += length;
  }
  return count;
}

function lengthOf(wireType: number, varint: () => number): number {
  switch (wireType) {
    case VARINT:
      varint();
      return 0;
    case FIXED64:
      return 8;
    case LENGTH_DELIMITED:
      return varint();
    case FIXED32:
      return 4;
    default:
      throw new RangeError(`unknown wire type ${wireType}`);
  }
}
