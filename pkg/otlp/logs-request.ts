import { ProtobufWriter } from '../tracing/protobuf-writer.ts';
import { writeAnyValue, writeAttributes } from './attributes.ts';

/** Severity numbers of the log data model, by the names of the levels. */
const SEVERITIES: Readonly<Record<string, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };

/** A line of the log that was parsed. */
interface Line {
  level?: unknown;
  time?: unknown;
  msg?: unknown;
  trace_id?: unknown;
  span_id?: unknown;
  trace_flags?: unknown;
  err?: unknown;
  [field: string]: unknown;
}

/**
 * Serialises log lines as an `ExportLogsServiceRequest` (opentelemetry/proto/collector/logs/v1): time, severity, message
 * and trace context have fields of their own, an error gets the attributes of the semantic conventions, and every other
 * field becomes an attribute.
 *
 * @param resource the serialised resource. Fields of the line that it contains, such as the version, are omitted.
 */
export function createLogsSerializer(scope: string, resource: Uint8Array, omitted: ReadonlySet<string>) {
  const writer = new ProtobufWriter();
  return (lines: readonly string[]): Uint8Array => {
    writer.message(1, () => {
      writer.bytes(1, resource);
      writer.message(2, () => {
        writer.message(1, () => writer.text(1, scope));
        for (const line of lines) writer.message(2, () => writeRecord(writer, parse(line), omitted));
      });
    });
    return writer.finish();
  };
}

function writeRecord(writer: ProtobufWriter, line: Line, omitted: ReadonlySet<string>): void {
  const { level, time, msg, trace_id: traceId, span_id: spanId, trace_flags: traceFlags, err, ...fields } = line;
  const nanoseconds = BigInt(typeof time === 'string' ? Date.parse(time) || 0 : 0) * 1_000_000n;
  writer.fixed64(1, nanoseconds);
  writer.fixed64(11, nanoseconds);
  if (typeof level === 'string') {
    writer.uint(2, SEVERITIES[level] ?? 0);
    writer.text(3, level);
  }
  if (msg !== undefined) writer.message(5, () => writeAnyValue(writer, msg));
  for (const name of omitted) delete fields[name];
  writeAttributes(writer, 6, fields);
  if (err !== undefined) writeAttributes(writer, 6, exceptionAttributes(err));
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return;
  writer.fixed32(8, Number.parseInt(String(traceFlags ?? '00'), 16) || 0);
  writer.bytes(9, Buffer.from(traceId, 'hex'));
  writer.bytes(10, Buffer.from(spanId, 'hex'));
}

/** Renames the fields of an error by the semantic conventions for exceptions in logs; others are kept as `exception.…`. */
function exceptionAttributes(err: unknown): Record<string, unknown> {
  if (typeof err !== 'object' || err === null) return { 'exception.message': String(err) };
  const { type, message, stack, ...others }: Record<string, unknown> = { ...err };
  const renamed = Object.entries(others).map(([name, value]) => [`exception.${name}`, value]);
  return {
    'exception.type': type,
    'exception.message': message,
    'exception.stacktrace': stack,
    ...Object.fromEntries(renamed),
  };
}

function parse(line: string): Line {
  try {
    return JSON.parse(line);
  } catch {
    return { msg: line.trimEnd() };
  }
}
