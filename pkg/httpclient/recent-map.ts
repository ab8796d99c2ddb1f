/**
 * Creates a map with values that are created on first use. Beyond `limit` entries, it drops the least recently used
 * one, because instances come and go.
 */
export function createRecentMap<T>(limit: number, create: () => T): { get(key: string): T } {
  const values = new Map<string, { value: T }>();
  return {
    get(key) {
      const entry = values.get(key) ?? { value: create() };
      values.delete(key);
      values.set(key, entry);
      const [oldest] = values.keys();
      if (values.size > limit && oldest !== undefined) values.delete(oldest);
      return entry.value;
    },
  };
}
