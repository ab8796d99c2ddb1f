const SHORT = 64;
/** Maximum bytes of numbers between two texts, ids or messages, which make room for them so that each number need not. */
const NUMBERS_LENGTH = 128;
const TWO_TO_16 = 2 ** 16;
const TWO_TO_32 = 2 ** 32;

/**
 * Writes values of a protobuf message (https://protobuf.dev/programming-guides/encoding) into a buffer that is reused.
 * The caller writes the tags, and the length of a message before its fields.
 */
export class ProtobufWriter {
  #bytes: Buffer = Buffer.allocUnsafe(16 * 1024);
  #at = 0;

  /** Returns a copy of what was written since the last call. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return taken;
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  /** Writes an integer from 0 to 2^32 - 1. */
  varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#at++] = (rest & 127) | 128;
    this.#bytes[this.#at++] = rest;
  }

  fixed32(value: number): void {
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  double(value: number): void {
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Writes seconds and nanoseconds as a fixed64 of nanoseconds. Works with halves, because a number is exact to 2^53. */
  nanoseconds([seconds, nanoseconds]: readonly [number, number]): void {
    const low = (seconds % TWO_TO_16) * 1e9 + nanoseconds;
    const high = Math.floor(seconds / TWO_TO_16) * 1e9;
    const sum = (high % TWO_TO_16) * TWO_TO_16 + (low % TWO_TO_32);
    this.fixed32(sum % TWO_TO_32);
    this.fixed32(Math.floor(high / TWO_TO_16) + Math.floor(low / TWO_TO_32) + Math.floor(sum / TWO_TO_32));
  }

  /** Writes an id, given in hexadecimal digits, as bytes after their number, which must be below 128. */
  id(digits: string): void {
    const length = digits.length / 2;
    this.byte(length);
    this.#reserve(length);
    const bytes = this.#bytes;
    const start = this.#at;
    for (let i = 0; i < length; i++) {
      bytes[start + i] = (digit(digits.charCodeAt(2 * i)) << 4) | digit(digits.charCodeAt(2 * i + 1));
    }
    this.#at = start + length;
  }

  /** Writes a text of this {@link textLength} after its length. */
  text(value: string, length: number): void {
    this.varint(length);
    this.#reserve(length);
    if (length === value.length && length <= SHORT) {
      const bytes = this.#bytes;
      const start = this.#at;
      for (let i = 0; i < length; i++) bytes[start + i] = value.charCodeAt(i);
      this.#at = start + length;
    } else {
      this.#at += this.#bytes.write(value, this.#at);
    }
  }

  /** Writes what `message` holds after its length, and empties it. */
  message(message: ProtobufWriter): void {
    this.varint(message.#at);
    this.#reserve(message.#at);
    this.#at += message.#bytes.copy(this.#bytes, this.#at, 0, message.#at);
    message.#at = 0;
  }

  #reserve(length: number): void {
    if (this.#at + length + NUMBERS_LENGTH <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#at + length + NUMBERS_LENGTH));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Returns the number of bytes of a text in UTF-8. Short ASCII texts are measured without a call out of JavaScript. */
export function textLength(value: string): number {
  if (value.length > SHORT) return Buffer.byteLength(value);
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return Buffer.byteLength(value);
  return value.length;
}

/** Returns the number of bytes of a field: its tag, which takes one byte, its length, and these contents. */
export function fieldLength(length: number): number {
  return 1 + varintLength(length) + length;
}

/** Returns the number of bytes of an integer from 0 to 2^32 - 1 as a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest >>>= 7) length++;
  return length;
}

/** Returns the value of a hexadecimal digit, 0 to 9 or a letter, from its character code. */
function digit(code: number): number {
  return (code & 15) + (code >> 6) * 9;
}
