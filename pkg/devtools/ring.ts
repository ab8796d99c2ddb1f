export interface Ring<T> {
  push(item: T): void;
  /** Returns the items that were added after the first `count` ones and are still kept, oldest first. */
  after(count: number): { readonly items: readonly T[]; readonly count: number };
}

/** Creates a buffer that keeps the latest items and discards the oldest. */
export function createRing<T>(capacity: number): Ring<T> {
  const kept: T[] = [];
  let count = 0;
  return {
    push(item) {
      kept[count % capacity] = item;
      count += 1;
    },
    after(seen) {
      // A count from before a restart may be higher than this one.
      const from = Math.max(seen <= count ? seen : 0, count - capacity);
      const start = from % capacity;
      const ordered = count <= capacity ? kept.slice(from) : [...kept.slice(start), ...kept.slice(0, start)];
      return { items: ordered.slice(0, count - from), count };
    },
  };
}
