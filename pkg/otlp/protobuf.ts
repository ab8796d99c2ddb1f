/**
 * Writes messages in the protobuf encoding (protobuf.dev/programming-guides/encoding) into a growing buffer. Lengths of
 * nested messages are written with a fixed number of bytes, which the encoding allows, so that each message is written
 * once, without being measured before.
 */
export interface ProtobufWriter {
  uint(field: number, value: number): void;
  fixed32(field: number, value: number): void;
  fixed64(field: number, value: bigint): void;
  double(field: number, value: number): void;
  text(field: number, value: string): void;
  bytes(field: number, value: Uint8Array): void;
  /** Writes what `write` writes as a nested message. */
  message(field: number, write: () => void): void;
  packedDoubles(field: number, values: readonly number[]): void;
  packedFixed64(field: number, values: readonly number[]): void;
  /** Returns a copy of what has been written, and starts again. */
  finish(): Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
/** Bytes of a length: enough for 256 MiB. */
const LENGTH_BYTES = 4;
const INITIAL_BYTES = 16 * 1024;

export function createProtobufWriter(): ProtobufWriter {
  let buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  let end = 0;

  function reserve(bytes: number): void {
    if (end + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, end + bytes));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  }

  function varint(value: number): void {
    reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      buffer[end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[end++] = rest;
  }

  const tag = (field: number, type: number) => varint(field * 8 + type);

  /** Writes a field with a length that is known only afterwards. */
  function delimited(field: number, write: () => void): void {
    tag(field, LENGTH);
    reserve(LENGTH_BYTES);
    const start = end;
    end += LENGTH_BYTES;
    write();
    let length = end - start - LENGTH_BYTES;
    for (let index = 0; index < LENGTH_BYTES; index++) {
      buffer[start + index] = (length & 0x7f) | (index < LENGTH_BYTES - 1 ? 0x80 : 0);
      length >>>= 7;
    }
  }

  return {
    uint(field, value) {
      tag(field, VARINT);
      varint(value);
    },
    fixed32(field, value) {
      tag(field, FIXED32);
      reserve(4);
      end = buffer.writeUInt32LE(value, end);
    },
    fixed64(field, value) {
      tag(field, FIXED64);
      reserve(8);
      end = buffer.writeBigUInt64LE(value, end);
    },
    double(field, value) {
      tag(field, FIXED64);
      reserve(8);
      end = buffer.writeDoubleLE(value, end);
    },
    text(field, value) {
      delimited(field, () => {
        // A UTF-16 code unit takes at most three bytes of UTF-8.
        reserve(value.length * 3);
        end += buffer.write(value, end);
      });
    },
    bytes(field, value) {
      delimited(field, () => {
        reserve(value.length);
        buffer.set(value, end);
        end += value.length;
      });
    },
    message: delimited,
    packedDoubles(field, values) {
      delimited(field, () => {
        reserve(values.length * 8);
        for (const value of values) end = buffer.writeDoubleLE(value, end);
      });
    },
    packedFixed64(field, values) {
      delimited(field, () => {
        reserve(values.length * 8);
        for (const value of values) end = buffer.writeBigUInt64LE(BigInt(value), end);
      });
    },
    finish() {
      const written = Uint8Array.prototype.slice.call(buffer, 0, end);
      end = 0;
      return written;
    },
  };
}
