import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics } from '../../../../pkg/metrics/metrics.ts';
import { createPostgres, type Postgres } from '../../../../pkg/postgres/postgres.ts';
import { migratedPostgres } from '../../../../test/support/postgres/migrated-postgres.ts';
import { describeWithSomePostgres, type PostgresServer } from '../../../../test/support/postgres/some-postgres.ts';
import type { SampleThingStore } from '../../route/store.ts';
import { input } from '../../route/testdata/input.ts';
import { createPostgresSampleThingStore } from './postgres.ts';

const create = (id: string = randomUUID(), version = 1) => ({
  ...input,
  ...{ id, version, updatedAt: '2026-01-01T00:00:00.000Z' },
});

describeWithSomePostgres('the Postgres store of sample things', () => {
  let server: PostgresServer;
  let postgres: Postgres;
  let store: SampleThingStore;
  beforeAll(async () => {
    server = await migratedPostgres();
    const logger = pino({ level: 'silent' });
    postgres = createPostgres({ url: server.url, applicationName: 'test' }, { metrics: createMetrics(), logger });
    store = createPostgresSampleThingStore(postgres);
  });
  afterAll(async () => {
    await postgres.close();
    await server.stop();
  });

  test('writes and deletes only the expected state, each write with a new revision', async () => {
    const value = create();
    const first = await store.put(value, 'absent');
    if (first.outcome !== 'stored') throw new Error(first.outcome);
    const changed = create(value.id, 2);
    const second = await store.put(changed, first);
    if (second.outcome !== 'stored') throw new Error(second.outcome);

    expect(second.revision).not.toBe(first.revision);
    for (const stale of [first, 'absent'] as const) {
      expect(await store.put(create(value.id, 3), stale)).toEqual({ outcome: 'conflict' });
    }
    expect(await store.delete(value.id, first)).toBe('conflict');
    expect(await store.get(value.id)).toEqual({ value: changed, revision: second.revision });
    expect(await store.delete(value.id, second)).toBe('deleted');
    expect(await store.get(value.id)).toBeUndefined();
    expect(await store.put(changed, second)).toEqual({ outcome: 'conflict' });
  });

  test('stores exactly one of many concurrent writes that expect the same state', async () => {
    const value = create();
    const results = await Promise.all(Array.from({ length: 20 }, () => store.put(value, 'absent')));
    expect(results.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
  });

  test('lists sample things ordered by id, starting after a given id, up to the limit', async () => {
    const ids = Array.from({ length: 5 }, () => randomUUID()).sort();
    for (const id of ids.toReversed()) await store.put(create(id), 'absent');
    const all = (await store.list({ limit: 1_000 })).map(({ id }) => id);
    expect(all).toEqual(all.toSorted());
    expect(all).toEqual(expect.arrayContaining(ids));
    const next = await store.list({ after: ids[1], limit: 2 });
    expect(next.map(({ id }) => id)).toEqual(all.slice(all.indexOf(String(ids[1])) + 1).slice(0, 2));
  });

  test('responds with a 503 problem while the server is down, and works again afterwards', async () => {
    const value = create();
    await server.shutDown();
    const unavailable = { status: 503, code: 'sample_thing_store_unavailable' };
    await expect(store.get(value.id)).rejects.toMatchObject(unavailable);
    await expect(store.put(value, 'absent')).rejects.toMatchObject(unavailable);
    await server.restart();
    expect(await store.put(value, 'absent')).toMatchObject({ outcome: 'stored' });
  });
});
