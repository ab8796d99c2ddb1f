import { expect, test } from 'vitest';
import { parsePreconditions } from '../../../pkg/httpserver/conditional/preconditions.ts';
import { createSampleThingService } from './service.ts';
import type { SampleThingStore } from './store.ts';
import { createMemorySampleThingStore } from './stores/memory.ts';
import { input } from './testdata/input.ts';

const ifMatch = (revision: string) => parsePreconditions({ 'if-match': `"${revision}"` });

function create(store: SampleThingStore = createMemorySampleThingStore()) {
  const writes: string[] = [];
  const onWrite = (operation: string) => writes.push(operation);
  return { writes, service: createSampleThingService({ store, now: () => 0, onWrite }) };
}

test('creates, replaces and deletes a sample thing, and counts the writes', async () => {
  const { service, writes } = create();
  const first = await service.create(input);
  const { id } = first.value;
  expect(first.value).toEqual({ ...input, id, version: 1, updatedAt: '1970-01-01T00:00:00.000Z' });

  const second = await service.put(id, input, ifMatch(first.revision));
  expect(second.value.version).toBe(2);
  expect(await service.get(id)).toEqual(second);

  await service.delete(id, ifMatch(second.revision));
  await expect(service.get(id)).rejects.toMatchObject({ status: 404, code: 'sample_thing_not_found' });
  expect(writes).toEqual(['create', 'update', 'delete']);
});

test.each([
  ['without If-Match', 428, {}],
  ['with the entity tag of another state', 412, { 'if-match': '"x"' }],
])('rejects a change %s with %i', async (_name, status, headers) => {
  const { service, writes } = create();
  const { value } = await service.create(input);
  const preconditions = parsePreconditions(headers);
  await expect(service.put(value.id, input, preconditions)).rejects.toMatchObject({ status });
  await expect(service.delete(value.id, preconditions)).rejects.toMatchObject({ status });
  expect(writes).toEqual(['create']);
});

test('rejects a change with 412 if another write came first', async () => {
  const store = createMemorySampleThingStore();
  const { service } = create({
    ...store,
    put: async (value, expected) => (expected === 'absent' ? store.put(value, expected) : { outcome: 'conflict' }),
    delete: async () => 'conflict',
  });
  const { value, revision } = await service.create(input);
  await expect(service.put(value.id, input, ifMatch(revision))).rejects.toMatchObject({ status: 412 });
  await expect(service.delete(value.id, ifMatch(revision))).rejects.toMatchObject({ status: 412 });
});

test('the pages together contain every sample thing exactly once', async () => {
  const { service } = create();
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push((await service.create(input)).value.id);
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await service.list({ limit: 2, cursor });
    listed.push(...items.map(({ id }) => id));
    cursor = nextCursor;
  } while (cursor !== undefined);
  expect(listed).toEqual(ids.sort());
});
