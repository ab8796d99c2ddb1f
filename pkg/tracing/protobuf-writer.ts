const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const INITIAL_BYTES = 16 * 1024;
/** A larger buffer is not kept for the next message. */
const MAX_KEPT_BYTES = 1024 * 1024;
/** Texts up to this length, in characters, are written without an encoder, and have a length of one byte. */
const SHORT = 127;
const TWO_TO_16 = 2 ** 16;
const TWO_TO_32 = 2 ** 32;

/**
 * Writes messages in the protobuf encoding (https://protobuf.dev/programming-guides/encoding) into a buffer that is reused.
 * The length of a nested message is written when it ends, so it need not be measured before.
 */
export class ProtobufWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = 0;

  /** Number of bytes written so far. */
  get length(): number {
    return this.#end;
  }

  /** Writes a whole number from 0 to 2^53 - 1. */
  uint(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, FIXED32);
    const start = this.#reserve(4);
    this.#end = this.#buffer.writeUInt32LE(value, start);
  }

  fixed64(field: number, value: bigint): void {
    this.#tag(field, FIXED64);
    const start = this.#reserve(8);
    this.#end = this.#buffer.writeBigUInt64LE(value, start);
  }

  /** Writes seconds and nanoseconds as nanoseconds, like {@link fixed64} but without a bigint. Never throws. */
  time(field: number, [seconds, nanoseconds]: readonly [number, number]): void {
    // Numbers are exact to 2^53, so the product is computed in two halves.
    const low = (seconds % TWO_TO_16) * 1e9 + nanoseconds;
    const high = Math.floor(seconds / TWO_TO_16) * 1e9;
    const sum = (high % TWO_TO_16) * TWO_TO_16 + (low % TWO_TO_32);
    const upper = Math.floor(high / TWO_TO_16) + Math.floor(low / TWO_TO_32) + Math.floor(sum / TWO_TO_32);
    this.#tag(field, FIXED64);
    const start = this.#reserve(8);
    // An invalid time, of a span that a library dates, is NaN or negative.
    this.#buffer.writeUInt32LE(sum >>> 0, start);
    this.#end = this.#buffer.writeUInt32LE(upper >>> 0, start + 4);
  }

  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    const start = this.#reserve(8);
    this.#end = this.#buffer.writeDoubleLE(value, start);
  }

  text(field: number, value: string): void {
    if (value.length <= SHORT && this.#shortText(field, value)) return;
    const start = this.begin(field);
    // A UTF-16 code unit takes at most three bytes of UTF-8.
    const textStart = this.#reserve(value.length * 3);
    this.#end += this.#buffer.write(value, textStart);
    this.end(start);
  }

  bytes(field: number, value: Uint8Array): void {
    this.header(field, value.length);
    const start = this.#reserve(value.length);
    this.#buffer.set(value, start);
    this.#end += value.length;
  }

  /** Writes hexadecimal digits as bytes: a trace or span id. */
  id(field: number, digits: string): void {
    const length = digits.length / 2;
    this.header(field, length);
    const start = this.#reserve(length);
    for (let i = 0; i < length; i++) {
      const byte = digit(digits.charCodeAt(2 * i)) * 16 + digit(digits.charCodeAt(2 * i + 1));
      this.#buffer[start + i] = byte;
    }
    this.#end += length;
  }

  packedDoubles(field: number, values: readonly number[]): void {
    this.header(field, values.length * 8);
    this.#reserve(values.length * 8);
    for (const value of values) this.#end = this.#buffer.writeDoubleLE(value, this.#end);
  }

  packedFixed64(field: number, values: readonly number[]): void {
    this.header(field, values.length * 8);
    this.#reserve(values.length * 8);
    for (const value of values) this.#end = this.#buffer.writeBigUInt64LE(BigInt(value), this.#end);
  }

  /** Writes what `write` writes as a nested message. */
  message(field: number, write: () => void): void {
    const start = this.begin(field);
    write();
    this.end(start);
  }

  /** Starts a nested message. Returns what {@link end} needs. */
  begin(field: number): number {
    this.#tag(field, LENGTH);
    this.#end = this.#reserve(1) + 1;
    return this.#end;
  }

  end(start: number): void {
    const length = this.#end - start;
    const more = varintLength(length) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#buffer.copyWithin(start + more, start, this.#end);
    }
    this.#end = start - 1;
    this.#varint(length);
    this.#end += length;
  }

  /** Writes what precedes the contents of a field with so many bytes. */
  header(field: number, length: number): void {
    this.#tag(field, LENGTH);
    this.#varint(length);
  }

  /** Returns a copy of what has been written after these bytes, and starts again. */
  finish(...before: readonly Uint8Array[]): Buffer {
    const written = Buffer.concat([...before, this.#buffer.subarray(0, this.#end)]);
    this.#end = 0;
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = Buffer.allocUnsafe(INITIAL_BYTES);
    return written;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    let end = this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[end++] = rest;
    this.#end = end;
  }

  /** Returns false, and writes nothing, if the text is not ASCII. */
  #shortText(field: number, value: string): boolean {
    const before = this.#end;
    this.header(field, value.length);
    const start = this.#reserve(value.length);
    const buffer = this.#buffer;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        this.#end = before;
        return false;
      }
      buffer[start + i] = code;
    }
    this.#end += value.length;
    return true;
  }

  /** Makes room for so many bytes, in another buffer if necessary. Returns where they start. */
  #reserve(bytes: number): number {
    if (this.#end + bytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#end + bytes));
      this.#buffer.copy(larger, 0, 0, this.#end);
      this.#buffer = larger;
    }
    return this.#end;
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Returns the value of a hexadecimal digit from its character code: 0 to 9, and letters, whose codes are above 64. */
function digit(code: number): number {
  return (code & 15) + (code >> 6) * 9;
}
