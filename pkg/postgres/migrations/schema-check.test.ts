import { expect, test } from 'vitest';
import type { Query } from './applied.ts';
import { parseMigration } from './migration.ts';
import { createSchemaCheck } from './schema-check.ts';

const first = parseMigration('0001-create.sql', 'CREATE TABLE t ()');

/** A database with these rows in its table of migrations. Counts how often the table is read. */
function databaseWith(rows: object[]): { query: Query; rows: object[]; reads: number } {
  const database = {
    rows,
    reads: 0,
    query: async (text: string) => {
      if (text.includes('to_regclass')) return { rows: [{ exists: true }] };
      database.reads += 1;
      return { rows: database.rows };
    },
  };
  return database;
}

const row = { number: 1, name: '0001-create', checksum: first.checksum, breaks_before: null, applied_at: new Date(0) };

test('the check asks at each call until the schema is usable, and then every 30 seconds', async () => {
  let now = 0;
  const database = databaseWith([]);
  const check = createSchemaCheck([first], { query: database.query, now: () => now });
  await expect(check()).rejects.toThrow('0001-create is not applied');
  await expect(check()).rejects.toThrow('0001-create is not applied');
  database.rows = [row];
  await check();
  expect(database.reads).toBe(3);

  now = 29_999;
  await check();
  expect(database.reads).toBe(3);
  database.rows = [row, { ...row, number: 3, name: '0003-drop', breaks_before: 2 }];
  now = 30_000;
  await expect(check()).rejects.toThrow('0003-drop');
});

test('a failure of the database is not cached', async () => {
  let failing = true;
  const { query } = databaseWith([row]);
  const check = createSchemaCheck([first], {
    query: (text) => (failing ? Promise.reject(new Error('down')) : query(text)),
  });
  await expect(check()).rejects.toThrow('down');
  failing = false;
  await check();
});
