import { randomBytes } from 'node:crypto';
import { type Flag, isExpired } from '../model.ts';
import type { Expected, FlagStore, PutResult, StoredFlag } from '../store.ts';

export interface MemoryFlagStoreOptions {
  /** Maximum number of flags. Default 1,000. */
  maxFlags?: number;
}

export interface MemoryFlagStoreDependencies {
  /** The time in milliseconds since the epoch. Default `Date.now`. */
  now?: () => number;
}

/** Stores flags in memory: they are lost when the process ends, and replicas do not share them. */
export function createMemoryFlagStore(
  { maxFlags = 1_000 }: MemoryFlagStoreOptions = {},
  { now = Date.now }: MemoryFlagStoreDependencies = {},
): FlagStore {
  const entries = new Map<string, StoredFlag>();
  // The keys of all entries, so that a list starts at its cursor instead of scanning the pages before it.
  let sortedKeys: string[] = [];

  // The random prefix keeps a revision read from one replica from matching at another, which would overwrite a flag. The
  // counter is per store, not per flag, so that a flag that is created again never repeats its old revisions.
  const revisionPrefix = randomBytes(9).toString('base64url');
  let revisionCount = 0;
  function nextRevision(): string {
    revisionCount += 1;
    return `${revisionPrefix}-${revisionCount}`;
  }

  function live(key: string): StoredFlag | undefined {
    const entry = entries.get(key);
    return entry !== undefined && !isExpired(entry.value, now()) ? entry : undefined;
  }

  function write(entry: StoredFlag): void {
    const { key } = entry.value;
    if (!entries.has(key)) sortedKeys.splice(countUpTo(key, sortedKeys), 0, key);
    entries.set(key, entry);
  }

  function reclaim(): number {
    const expired = [...entries.values()].filter(({ value }) => isExpired(value, now()));
    for (const { value } of expired) entries.delete(value.key);
    if (expired.length > 0) sortedKeys = sortedKeys.filter((key) => entries.has(key));
    return expired.length;
  }

  function hasRoomFor(key: string): boolean {
    if (entries.has(key) || entries.size < maxFlags) return true;
    reclaim();
    return entries.size < maxFlags;
  }

  return {
    async get(key: string): Promise<StoredFlag | undefined> {
      return live(key);
    },

    async list({ after, limit }: { after?: string | undefined; limit: number }): Promise<Flag[]> {
      const flags: Flag[] = [];
      let next = after === undefined ? 0 : countUpTo(after, sortedKeys);
      for (let key = sortedKeys[next]; key !== undefined && flags.length < limit; key = sortedKeys[++next]) {
        const entry = live(key);
        if (entry !== undefined) flags.push(entry.value);
      }
      return flags;
    },

    async put(value: Flag, expected: Expected): Promise<PutResult> {
      if (!isExpected(live(value.key), expected)) return { outcome: 'conflict' };
      if (!hasRoomFor(value.key)) return { outcome: 'full' };
      const revision = nextRevision();
      write({ value, revision });
      return { outcome: 'stored', revision };
    },

    async delete(key: string, expected: Pick<StoredFlag, 'revision'>): Promise<'deleted' | 'conflict'> {
      if (!isExpected(live(key), expected)) return 'conflict';
      entries.delete(key);
      sortedKeys.splice(countUpTo(key, sortedKeys) - 1, 1);
      return 'deleted';
    },

    async reclaimExpired(): Promise<number> {
      return reclaim();
    },
  };
}

function isExpected(current: StoredFlag | undefined, expected: Expected): boolean {
  return expected === 'absent' ? current === undefined : current?.revision === expected.revision;
}

/** Returns how many of the keys are not greater than `key`, by binary search. */
function countUpTo(key: string, sortedKeys: readonly string[]): number {
  let low = 0;
  let high = sortedKeys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sortedKeys[middle] ?? '') <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
