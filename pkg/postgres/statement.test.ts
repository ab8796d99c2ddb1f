import { expect, test } from 'vitest';
import { createStatementDescriptions, describeStatement } from './statement.ts';

test.each([
  ['select "value" from "flags" where "key" = $1', 'SELECT', 'flags'],
  ['insert into "shop"."orders" ("id") values ($1)', 'INSERT', 'shop.orders'],
  ['UPDATE ONLY accounts SET balance = $1', 'UPDATE', 'accounts'],
  ['delete from "flags" where "key" in (select "key" from "other" limit $1)', 'DELETE', 'flags'],
  ['-- of the report\nSELECT count(*) FROM a JOIN b USING (id)', 'SELECT', 'a'],
  ['WITH old AS (SELECT id FROM jobs LIMIT 1) DELETE FROM jobs USING old WHERE jobs.id = old.id', 'DELETE', 'jobs'],
  ['with a as (select 1) select * from a', 'SELECT', 'a'],
  ['BEGIN ISOLATION LEVEL SERIALIZABLE', 'BEGIN', ''],
  ['SELECT 1', 'SELECT', ''],
  ['', '', ''],
])('%s', (sql, operation, collection) => {
  expect(describeStatement(sql)).toMatchObject({
    operation,
    collection,
    summary: collection === '' ? operation : `${operation} ${collection}`,
  });
});

test.each([
  ["SELECT 'it''s hush', $1, 4711, 1.5e3 FROM t2", 'SELECT ?, $1, ?, ? FROM t2'],
  ["SELECT E'a\\'hush' FROM a", 'SELECT ? FROM a'],
  ['SELECT $$hush$$, $x$ $$hush$$ $x$', 'SELECT ?, ?'],
  ['SELECT 1 -- hush\n/* hush\n */ FROM "hush""t"', 'SELECT ?   FROM "hush""t"'],
  ['SELECT -5, a1 FROM table_1', 'SELECT -?, a1 FROM table_1'],
])('the text of %j has no values', (sql, text) => {
  expect(describeStatement(sql).text.replace(/\s+/g, ' ')).toBe(text.replace(/\s+/g, ' '));
});

test('a long text is cut off', () => {
  const { text } = describeStatement(`SELECT ${'a, '.repeat(10_000)}b FROM c`);
  expect(text).toHaveLength(2_001);
  expect(text).toMatch(/…$/);
});

test('a statement is described once, and an unbounded number of statements is not kept', () => {
  const describe = createStatementDescriptions();
  expect(describe('SELECT 1')).toBe(describe('SELECT 1'));
  for (let index = 0; index < 1_000; index += 1) describe(`SELECT a${index}`);
  expect(describe('SELECT b')).not.toBe(describe('SELECT b'));
});

test('a statement that never ends its quotes is described in linear time', () => {
  const startedAt = performance.now();
  describeStatement(`SELECT ${"'".repeat(50_001)} ${'/*'.repeat(20_000)} ${'$a$ '.repeat(5_000)}`);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
