import { expect, test } from 'vitest';
import { splitStatements } from './statements.ts';

const texts = (sql: string) => splitStatements(sql).map(({ text }) => text);

test('statements are separated by semicolons', () => {
  expect(texts('SELECT 1;\n\nSELECT 2')).toEqual(['SELECT 1', 'SELECT 2']);
});

test.each([
  ["SELECT ';'';'"],
  ["SELECT E'\\';'"],
  ['SELECT ";"'],
  ['DO $$ BEGIN PERFORM 1; END $$'],
  ['DO $body$ BEGIN PERFORM $$;$$; END $body$'],
  ['SELECT 1 -- one; two\n + 1'],
  ['SELECT 1 /* one; /* two; */ three; */ + 1'],
  ['SELECT $1 / 2 - 1'],
])('%s is one statement', (sql) => {
  expect(texts(`${sql};`)).toEqual([sql]);
});

test('comments and empty statements are not statements', () => {
  expect(texts('-- no-transaction\n;;\n/* nothing */\n')).toEqual([]);
});

test('a statement has its position in the file', () => {
  const sql = 'SELECT 1;\n\n  SELECT 2;';
  const [, second] = splitStatements(sql);
  expect(sql.slice(second?.offset)).toBe('SELECT 2;');
});
