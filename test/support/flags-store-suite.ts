import { describe, expect, test } from 'vitest';
import type { Flag } from '../../internal/flags/model.ts';
import type { FlagStore } from '../../internal/flags/store.ts';

/** Initial time of the clock of {@link CreateStore}. */
export const START_MS = Date.UTC(2026, 0, 1);
const STALE = { revision: 'of-another-state' };

function flag(key: string, options: { version?: number; expiresInMs?: number } = {}): Flag {
  const { version = 1, expiresInMs } = options;
  const base = { key, enabled: true, version, updatedAt: new Date(START_MS).toISOString() };
  return expiresInMs === undefined ? base : { ...base, expiresAt: new Date(START_MS + expiresInMs).toISOString() };
}

/** Creates a flag that must not exist yet and returns its revision. */
async function create(store: FlagStore, created: Flag): Promise<{ revision: string }> {
  const result = await store.put(created, 'absent');
  if (result.outcome !== 'stored') throw new Error(`${created.key}: ${result.outcome}`);
  return result;
}

async function keys(store: FlagStore, options: { after?: string; limit?: number } = {}): Promise<string[]> {
  return (await store.list({ limit: 100, ...options })).map(({ key }) => key);
}

/** Creates an empty store and the clock that it reads. */
export type CreateStore = (options?: { maxFlags?: number }) => { clock: { nowMs: number }; store: FlagStore };

export interface FlagStoreTraits {
  /** Whether the store has a maximum number of flags. Default: true. */
  isLimited?: boolean;
}

/** Defines the tests that every store must pass. */
export function describeFlagStore(createStore: CreateStore, { isLimited = true }: FlagStoreTraits = {}): void {
  describe('put', () => {
    test('creates an absent flag and returns the revision that get returns', async () => {
      const { store } = createStore();
      const { revision } = await create(store, flag('a'));

      expect(await store.get('a')).toEqual({ value: flag('a'), revision });
    });

    test('replaces the expected state and returns a new revision', async () => {
      const { store } = createStore();
      const first = await create(store, flag('a'));
      const second = await store.put(flag('a', { version: 2 }), first);

      expect(second).toEqual({ outcome: 'stored', revision: expect.not.stringMatching(first.revision) });
      expect(await store.get('a')).toMatchObject({ value: { version: 2 } });
    });

    test('reports a conflict and writes nothing if the state is not the expected one', async () => {
      const { store } = createStore();
      await create(store, flag('a'));

      expect(await store.put(flag('a', { version: 2 }), 'absent')).toEqual({ outcome: 'conflict' });
      expect(await store.put(flag('a', { version: 2 }), STALE)).toEqual({ outcome: 'conflict' });
      expect(await store.put(flag('b'), STALE)).toEqual({ outcome: 'conflict' });
      expect(await store.get('a')).toMatchObject({ value: { version: 1 } });
      expect(await store.get('b')).toBeUndefined();
    });

    test('stores exactly one of many concurrent writes that expect the same state', async () => {
      const { store } = createStore();
      const expected = await create(store, flag('a'));
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.put(flag('a', { version: index + 2 }), expected)),
      );

      expect(results.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
      expect(results.filter(({ outcome }) => outcome === 'conflict')).toHaveLength(19);
    });
  });

  describe('delete', () => {
    test('deletes the flag only in the expected state', async () => {
      const { store } = createStore();
      const stored = await create(store, flag('a'));

      expect(await store.delete('a', STALE)).toBe('conflict');
      expect(await store.get('a')).toBeDefined();
      expect(await store.delete('a', stored)).toBe('deleted');
      expect(await store.get('a')).toBeUndefined();
      expect(await store.delete('a', stored)).toBe('conflict');
    });
  });

  describe('a revision', () => {
    test('is not reused when the flag is deleted and created again', async () => {
      const { store } = createStore();
      const first = await create(store, flag('a'));
      await store.delete('a', first);
      const second = await create(store, flag('a'));

      expect(second.revision).not.toBe(first.revision);
    });

    test('differs between two stores', async () => {
      const here = await create(createStore().store, flag('a'));
      const there = await create(createStore().store, flag('a'));

      expect(here.revision).not.toBe(there.revision);
    });

    test('can be quoted as an entity tag', async () => {
      const { revision } = await create(createStore().store, flag('a'));

      expect(revision).toMatch(/^[\x21\x23-\x7e]+$/);
    });
  });

  describe('list', () => {
    test('returns flags sorted by key, starting after a key that need not exist', async () => {
      const { store } = createStore();
      for (const key of ['b', 'a-1', 'a.1', 'a_1', '0', 'a']) await create(store, flag(key));

      expect(await keys(store)).toEqual(['0', 'a', 'a-1', 'a.1', 'a_1', 'b']);
      expect(await keys(store, { after: 'a', limit: 2 })).toEqual(['a-1', 'a.1']);
      expect(await keys(store, { after: 'a-2' })).toEqual(['a.1', 'a_1', 'b']);
      expect(await keys(store, { after: 'b' })).toEqual([]);
    });

    test('reflects creations and deletions since the previous list', async () => {
      const { store } = createStore();
      const a = await create(store, flag('a'));
      expect(await keys(store)).toEqual(['a']);
      await create(store, flag('b'));
      expect(await keys(store)).toEqual(['a', 'b']);
      await store.delete('a', a);
      expect(await keys(store)).toEqual(['b']);
    });

    test('returns every page in order while flags are created, deleted and reclaimed', async () => {
      const { clock, store } = createStore();
      for (const key of ['e', 'b', 'h']) await create(store, flag(key, { expiresInMs: 1_000 }));
      for (const key of ['g', 'c', 'a']) await create(store, flag(key));
      const d = await create(store, flag('d'));
      expect(await keys(store, { limit: 3 })).toEqual(['a', 'b', 'c']);
      clock.nowMs += 1_000;
      expect(await store.reclaimExpired({ signal: new AbortController().signal })).toBe(3);
      await create(store, flag('f'));
      await create(store, flag('b'));
      await store.delete('d', d);

      expect(await keys(store, { after: 'c', limit: 2 })).toEqual(['f', 'g']);
      expect(await keys(store)).toEqual(['a', 'b', 'c', 'f', 'g']);
    });
  });

  describe('an expired flag', () => {
    test('is absent from the instant of its expiry', async () => {
      const { clock, store } = createStore();
      const stored = await create(store, flag('a', { expiresInMs: 1_000 }));

      clock.nowMs += 999;
      expect(await store.get('a')).toBeDefined();
      clock.nowMs += 1;
      expect(await store.get('a')).toBeUndefined();
      expect(await store.put(flag('a'), stored)).toEqual({ outcome: 'conflict' });
      expect(await store.delete('a', stored)).toBe('conflict');
    });

    test('is replaced when the flag is created again, with a new revision', async () => {
      const { clock, store } = createStore();
      const expired = await create(store, flag('a', { expiresInMs: 1_000 }));
      clock.nowMs += 1_000;
      const { revision } = await create(store, flag('a'));

      expect(revision).not.toBe(expired.revision);
      expect(await keys(store)).toEqual(['a']);
    });

    test('does not count towards the page limit', async () => {
      const { clock, store } = createStore();
      for (const key of ['a', 'c']) await create(store, flag(key, { expiresInMs: 1_000 }));
      for (const key of ['b', 'd', 'e']) await create(store, flag(key));
      clock.nowMs += 1_000;

      expect(await keys(store, { limit: 2 })).toEqual(['b', 'd']);
    });
  });

  if (!isLimited) return;

  describe('a full store', () => {
    test('rejects new flags, but replaces and deletes existing ones', async () => {
      const { store } = createStore({ maxFlags: 2 });
      const a = await create(store, flag('a'));
      const b = await create(store, flag('b'));

      expect(await store.put(flag('c'), 'absent')).toEqual({ outcome: 'full' });
      expect(await store.put(flag('a', { version: 2 }), a)).toMatchObject({ outcome: 'stored' });
      expect(await store.delete('b', b)).toBe('deleted');
      expect(await store.put(flag('c'), 'absent')).toMatchObject({ outcome: 'stored' });
    });

    test('makes room by removing expired flags', async () => {
      const { clock, store } = createStore({ maxFlags: 2 });
      await create(store, flag('a', { expiresInMs: 1_000 }));
      await create(store, flag('b'));
      clock.nowMs += 1_000;

      expect(await store.put(flag('c'), 'absent')).toMatchObject({ outcome: 'stored' });
      expect(await store.put(flag('d'), 'absent')).toEqual({ outcome: 'full' });
      expect(await keys(store)).toEqual(['b', 'c']);
    });

    test('lets an expired flag be created again', async () => {
      const { clock, store } = createStore({ maxFlags: 1 });
      await create(store, flag('a', { expiresInMs: 1_000 }));
      clock.nowMs += 1_000;

      expect(await store.put(flag('a'), 'absent')).toMatchObject({ outcome: 'stored' });
    });

    test('holds 1,000 flags by default', async () => {
      const { store } = createStore();
      for (let index = 0; index < 1_000; index += 1) await create(store, flag(`f${index}`));

      expect(await store.put(flag('one-more'), 'absent')).toEqual({ outcome: 'full' });
    });
  });
}
