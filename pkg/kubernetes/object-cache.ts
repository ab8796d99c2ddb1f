import type { KubernetesObject } from './object.ts';

/** Returns the values under which an index finds an object. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Objects by key and by the values of their indexes. */
export interface ObjectCache<T extends KubernetesObject> {
  get(key: string): T | undefined;
  keys(): Iterable<string>;
  values(): Iterable<T>;
  byIndex(index: string, value: string): readonly T[];
  set(key: string, object: T): void;
  delete(key: string): void;
}

export function createObjectCache<T extends KubernetesObject>(
  indexes: Readonly<Record<string, IndexFunction<T>>>,
): ObjectCache<T> {
  const objects = new Map<string, T>();
  const tables = Object.entries(indexes).map(([name, valuesOf]) => ({
    name,
    valuesOf,
    rows: new Map<string, Set<T>>(),
  }));

  function remove(key: string): void {
    const object = objects.get(key);
    if (object === undefined) return;
    objects.delete(key);
    for (const { valuesOf, rows } of tables) {
      for (const value of valuesOf(object)) {
        const row = rows.get(value);
        row?.delete(object);
        if (row?.size === 0) rows.delete(value);
      }
    }
  }

  return {
    get: (key) => objects.get(key),
    keys: () => objects.keys(),
    values: () => objects.values(),
    byIndex(index, value) {
      const table = tables.find(({ name }) => name === index);
      if (table === undefined) throw new RangeError(`no index "${index}"`);
      return [...(table.rows.get(value) ?? [])];
    },
    set(key, object) {
      remove(key);
      objects.set(key, object);
      for (const { valuesOf, rows } of tables) {
        for (const value of valuesOf(object)) {
          const row = rows.get(value) ?? new Set();
          rows.set(value, row.add(object));
        }
      }
    },
    delete: remove,
  };
}
