/** What is still kept of all items that were added, oldest first. */
export interface Kept<T> {
  readonly items: readonly T[];
  /** Number of items added so far. */
  readonly count: number;
}

export interface Ring<T> {
  push(item: T): void;
  /** Returns the items after the first `seen` ones. */
  after(seen: number): Kept<T>;
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
      const oldest = count <= capacity ? 0 : count % capacity;
      const ordered = [...kept.slice(oldest), ...kept.slice(0, oldest)];
      return { items: ordered.slice(Math.max(0, ordered.length - count + seen)), count };
    },
  };
}
