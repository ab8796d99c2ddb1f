import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../../../../pkg/metrics/metrics.ts';
import { createPostgres, type Postgres } from '../../../../pkg/postgres/postgres.ts';
import { describeFlagStore, START_MS } from '../../../../test/support/flags-store-suite.ts';
import {
  describeWithSomePostgres,
  type PostgresServer,
  somePostgres,
} from '../../../../test/support/postgres/some-postgres.ts';
import type { Flag } from '../../model.ts';
import { createPostgresFlagStore } from './store.ts';

const MIGRATION = readFileSync(new URL('../../../../migrations/0001-flags.sql', import.meta.url), 'utf8');
const { signal } = new AbortController();

function connect(url: string): Postgres {
  const logger = { info() {}, warn() {}, error() {} };
  return createPostgres({ url, applicationName: 'test' }, { metrics: createMetrics(), logger });
}

function flag(key: string, expiresInMs?: number): Flag {
  const base = { key, enabled: true, version: 1, updatedAt: new Date(START_MS).toISOString() };
  return expiresInMs === undefined ? base : { ...base, expiresAt: new Date(START_MS + expiresInMs).toISOString() };
}

describeWithSomePostgres('the PostgreSQL flag store', () => {
  let server: PostgresServer;
  let postgres: Postgres;
  /** Each has an empty table. */
  const schemas = Array.from({ length: 50 }, (_, index) => `s${index}`);
  beforeAll(async () => {
    server = await somePostgres();
    postgres = connect(server.url);
    const statements = schemas.map((schema) => `CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${MIGRATION}`);
    await server.run(statements.join('\n'), { url: server.url });
  });
  afterAll(async () => {
    await postgres.close();
    await server.stop();
  });

  function createStore({ schema = schemas.pop() ?? '', batchSize = 500 } = {}) {
    const clock = { nowMs: START_MS };
    const database = <Tables>() => postgres.database<Tables>().withSchema(schema);
    const store = createPostgresFlagStore({ batchSize }, { postgres: { database }, now: () => clock.nowMs });
    return { clock, store, schema };
  }

  async function keysIn(schema: string): Promise<unknown[]> {
    return (await server.run(`SELECT key FROM ${schema}.flags`, { url: server.url })).map(({ key }) => key);
  }

  describeFlagStore(() => createStore(), { isLimited: false });

  test('is shared by all instances that use it, including the revisions', async () => {
    const { store, schema } = createStore();
    const other = createStore({ schema }).store;
    const first = await store.put(flag('a'), 'absent');
    if (first.outcome !== 'stored') throw new Error(first.outcome);
    expect(await other.get('a', { consistent: true })).toEqual({ value: flag('a'), revision: first.revision });
    expect(await other.put({ ...flag('a'), version: 2 }, first)).toMatchObject({ outcome: 'stored' });
    expect(await store.put({ ...flag('a'), version: 2 }, first)).toEqual({ outcome: 'conflict' });
    expect(await store.delete('a', first)).toBe('conflict');
  });

  test('stores exactly one of many concurrent creations', async () => {
    const { store } = createStore();
    const results = await Promise.all(Array.from({ length: 20 }, () => store.put(flag('a'), 'absent')));
    expect(results.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
  });

  test('returns every string that JSON allows unchanged', async () => {
    const { store } = createStore();
    const value = { ...flag('a'), description: `a\u0000b "'\\ \ud800 \u{1f6a3} $1` };
    await store.put(value, 'absent');
    expect((await store.get('a'))?.value).toEqual(value);
  });

  test('deletes all expired flags in batches', async () => {
    const { store, clock, schema } = createStore({ batchSize: 3 });
    for (let index = 0; index < 7; index += 1) await store.put(flag(`e${index}`, 1_000), 'absent');
    await store.put(flag('kept'), 'absent');
    clock.nowMs += 1_000;
    expect(await store.reclaimExpired({ signal })).toBe(7);
    expect(await keysIn(schema)).toEqual(['kept']);
    await expect(store.reclaimExpired({ signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });

  test('does not wait for a flag that another replica is deleting or writing', async () => {
    const { store, clock, schema } = createStore();
    for (const key of ['a', 'b']) await store.put(flag(key, 1_000), 'absent');
    clock.nowMs += 1_000;
    await postgres
      .database<{ flags: { key: string } }>()
      .withSchema(schema)
      .transaction()
      .execute(async (other) => {
        await other.selectFrom('flags').select('key').where('key', '=', 'a').forUpdate().execute();
        expect(await store.reclaimExpired({ signal })).toBe(1);
      });
    expect(await keysIn(schema)).toEqual(['a']);
    expect(await store.reclaimExpired({ signal })).toBe(1);
  });
});

test('while the database is unavailable, every method fails with a 503 that has a Retry-After', async () => {
  const postgres = connect('postgres://app:hush@127.0.0.1:1/name');
  onTestFinished(() => postgres.close());
  const store = createPostgresFlagStore({}, { postgres });
  const unavailable = { status: 503, code: 'flag_store_unavailable', headers: { 'retry-after': '1' } };
  const revision = '00000000-0000-4000-8000-000000000000';
  await expect(store.get('a')).rejects.toMatchObject(unavailable);
  await expect(store.list({ limit: 1 })).rejects.toMatchObject(unavailable);
  await expect(store.put(flag('a'), 'absent')).rejects.toMatchObject(unavailable);
  await expect(store.put(flag('a'), { revision })).rejects.toMatchObject(unavailable);
  await expect(store.delete('a', { revision })).rejects.toMatchObject(unavailable);
  await expect(store.reclaimExpired({ signal })).rejects.toMatchObject(unavailable);
});
