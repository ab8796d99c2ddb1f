import type { Thing } from './model.ts';
import type { ThingStore } from './store.ts';

/** Stores things in memory: they are lost when the process ends, and replicas do not share them. */
export function createMemoryThingStore(): ThingStore {
  const entries = new Map<string, Thing>();
  return {
    async get(id) {
      return entries.get(id);
    },

    async list({ after = '', limit }) {
      const ids = [...entries.keys()].filter((id) => id > after).sort();
      return ids.slice(0, limit).flatMap((id) => entries.get(id) ?? []);
    },

    async put(thing) {
      entries.set(thing.id, thing);
    },

    async delete(id) {
      return entries.delete(id);
    },
  };
}
