import { randomUUID } from 'node:crypto';
import type { Expected, SampleThingStore, StoredSampleThing } from '../store.ts';

/** Stores sample things in memory: they are lost when the process ends, and replicas do not share them. */
export function createMemorySampleThingStore(): SampleThingStore {
  const entries = new Map<string, StoredSampleThing>();

  function isExpected(id: string, expected: Expected): boolean {
    const current = entries.get(id);
    return expected === 'absent' ? current === undefined : current?.revision === expected.revision;
  }

  return {
    async get(id) {
      return entries.get(id);
    },

    async list({ after = '', limit }) {
      const ids = [...entries.keys()].filter((id) => id > after).sort();
      return ids.slice(0, limit).flatMap((id) => entries.get(id)?.value ?? []);
    },

    async put(value, expected) {
      if (!isExpected(value.id, expected)) return { outcome: 'conflict' };
      const revision = randomUUID();
      entries.set(value.id, { value, revision });
      return { outcome: 'stored', revision };
    },

    async delete(id, expected) {
      if (!isExpected(id, expected)) return 'conflict';
      entries.delete(id);
      return 'deleted';
    },
  };
}
