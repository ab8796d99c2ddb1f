import { expect, test } from 'vitest';
import { input } from '../testdata/input.ts';
import { createMemorySampleThingStore } from './memory.ts';

const stored = (id: string, version = 1) => ({ ...input, id, version, updatedAt: '2026-01-01T00:00:00.000Z' });

test('writes and deletes only the expected state, each write with a new revision', async () => {
  const store = createMemorySampleThingStore();
  const first = await store.put(stored('1'), 'absent');
  if (first.outcome !== 'stored') throw new Error(first.outcome);
  const second = await store.put(stored('1', 2), first);
  if (second.outcome !== 'stored') throw new Error(second.outcome);

  expect(second.revision).not.toBe(first.revision);
  for (const stale of [first, 'absent'] as const) {
    expect(await store.put(stored('1', 3), stale)).toEqual({ outcome: 'conflict' });
  }
  expect(await store.delete('1', first)).toBe('conflict');
  expect(await store.get('1')).toEqual({ value: stored('1', 2), revision: second.revision });
  expect(await store.delete('1', second)).toBe('deleted');
  expect(await store.get('1')).toBeUndefined();
  expect(await store.put(stored('1'), second)).toEqual({ outcome: 'conflict' });
});

test('lists sample things ordered by id, starting after a given id, up to the limit', async () => {
  const store = createMemorySampleThingStore();
  for (const id of ['3', '1', '2']) await store.put(stored(id), 'absent');
  const ids = async (options: { after?: string; limit: number }) => (await store.list(options)).map(({ id }) => id);
  expect(await ids({ limit: 2 })).toEqual(['1', '2']);
  expect(await ids({ after: '1', limit: 5 })).toEqual(['2', '3']);
});
