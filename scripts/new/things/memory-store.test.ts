import { expect, test } from 'vitest';
import { createMemoryThingStore } from './memory-store.ts';

const thing = (id: string, name = 'a') => ({ id, name, createdAt: '2026-01-01T00:00:00.000Z' });

test('returns a stored thing until it is deleted', async () => {
  const store = createMemoryThingStore();
  expect(await store.get('1')).toBeUndefined();
  await store.put(thing('1', 'old'));
  await store.put(thing('1', 'new'));
  expect(await store.get('1')).toEqual(thing('1', 'new'));
  expect([await store.delete('1'), await store.delete('1')]).toEqual([true, false]);
  expect(await store.get('1')).toBeUndefined();
});

test('lists things ordered by id, starting after a given id, up to the limit', async () => {
  const store = createMemoryThingStore();
  for (const id of ['3', '1', '2']) await store.put(thing(id));
  const ids = async (options: { after?: string; limit: number }) => (await store.list(options)).map(({ id }) => id);
  expect(await ids({ limit: 2 })).toEqual(['1', '2']);
  expect(await ids({ after: '1', limit: 5 })).toEqual(['2', '3']);
});
