import { ProtobufWriter } from '../tracing/protobuf-writer.ts';

/** Writes fields of type `KeyValue` (opentelemetry/proto/common/v1). Values that JSON cannot contain are omitted. */
export function writeAttributes(
  writer: ProtobufWriter,
  field: number,
  attributes: Readonly<Record<string, unknown>>,
): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => writeAnyValue(writer, value));
    });
  }
}

/** Writes the content of an `AnyValue`. Numbers are doubles: a field is then of one type in every record. */
export function writeAnyValue(writer: ProtobufWriter, value: unknown): void {
  if (typeof value === 'string') writer.text(1, value);
  else if (typeof value === 'boolean') writer.uint(2, value ? 1 : 0);
  else if (typeof value === 'number') writer.double(4, value);
  else if (Array.isArray(value)) {
    writer.message(5, () => {
      for (const item of value) writer.message(1, () => writeAnyValue(writer, item));
    });
  } else if (typeof value === 'object' && value !== null) {
    writer.message(6, () => writeAttributes(writer, 1, { ...value }));
  }
}

/** Serialises a `Resource` (opentelemetry/proto/resource/v1), which is the same in every request. */
export function serializeResource(attributes: Readonly<Record<string, unknown>>): Uint8Array {
  const writer = new ProtobufWriter();
  writeAttributes(writer, 1, attributes);
  return writer.finish();
}
