/** Collects the chunks of one body. */
export interface BodyBuffer {
  /** Bytes collected so far. */
  length(): number;
  /** Bytes that the buffer occupies once a chunk of this length is added. */
  sizeWith(chunkLength: number): number;
  add(chunk: Uint8Array): void;
  /** The collected bytes; valid until {@link BodyBuffer.free}. */
  bytes(): Uint8Array;
  /** Frees the memory at once: a later garbage collection may be too late for the next body. */
  free(): void;
}

const MIN_CAPACITY = 4096;

/**
 * Creates a buffer that copies chunks together as they arrive, because the separate chunks of a body sent one byte at a
 * time would take two hundred times its length. A body that arrives in one chunk is not copied.
 *
 * @param expected the length of the body if it is known, otherwise the maximum length.
 */
export function createBodyBuffer(expected: number): BodyBuffer {
  let store: ArrayBuffer | undefined;
  let whole: Uint8Array | undefined;
  let length = 0;

  function sizeWith(chunkLength: number): number {
    const needed = length + chunkLength;
    if (length === 0 && needed === expected) return needed;
    const capacity = store?.byteLength ?? 0;
    if (needed <= capacity) return capacity;
    return Math.max(needed, Math.min(expected, Math.max(MIN_CAPACITY, 2 * capacity)));
  }

  return {
    length: () => length,
    sizeWith,
    add(chunk) {
      if (length === 0 && chunk.length === expected) {
        whole = chunk;
      } else {
        const size = sizeWith(chunk.length);
        if (store === undefined) store = new ArrayBuffer(size);
        else if (size > store.byteLength) store = store.transfer(size);
        new Uint8Array(store).set(chunk, length);
      }
      length += chunk.length;
    },
    bytes: () => whole ?? (store ? new Uint8Array(store, 0, length) : new Uint8Array(0)),
    free() {
      store?.transfer(0);
      store = undefined;
      whole = undefined;
    },
  };
}
