import { expect, test } from 'vitest';
import { createMemoryThingStore } from './memory-store.ts';
import { createThingService } from './service.ts';

function create() {
  const writes: string[] = [];
  const onWrite = (operation: string) => writes.push(operation);
  const service = createThingService({ store: createMemoryThingStore(), now: () => 0, onWrite });
  return { service, writes };
}

test('creates things with an id and a time, returns them, deletes them once, and counts the writes', async () => {
  const { service, writes } = create();
  const created = await service.create({ name: 'first' });
  expect(created).toEqual({ id: expect.any(String), name: 'first', createdAt: '1970-01-01T00:00:00.000Z' });
  expect(await service.get(created.id)).toEqual(created);
  await service.delete(created.id);
  const absent = { status: 404, code: 'thing_not_found' };
  await expect(service.get(created.id)).rejects.toMatchObject(absent);
  await expect(service.delete(created.id)).rejects.toMatchObject(absent);
  expect(writes).toEqual(['create', 'delete']);
});

test('the pages together contain every thing exactly once', async () => {
  const { service } = create();
  for (let i = 0; i < 5; i++) await service.create({ name: `${i}` });
  const names: string[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await service.list({ limit: 2, after });
    names.push(...items.map(({ name }) => name));
    after = next;
  } while (after !== undefined);
  expect(names.sort()).toEqual(['0', '1', '2', '3', '4']);
});
