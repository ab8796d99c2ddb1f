import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type Migration, parseMigration, readMigrations } from '../pkg/postgres/migrations/migration.ts';
import { splitStatements } from '../pkg/postgres/migrations/statements.ts';

const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** Rules of squawk against changes that break running pods. `-- breaks-before` states that none of them uses it. */
const BREAKING = ['ban-drop-column', 'ban-drop-table', 'renaming-column', 'renaming-table', 'changing-column-type'];

test('the migrations neither block the database nor break the pods of the last release', async () => {
  expect(await problemsOf(readMigrations(join(ROOT, 'migrations')))).toEqual([]);
});

test.each([
  ['an index that blocks writes', 'CREATE INDEX i ON orders (note);', 'require-concurrent-index-creation'],
  ['an index that is removed with a lock', 'DROP INDEX i;', 'require-concurrent-index-deletion'],
  ['a required column', 'ALTER TABLE orders ADD COLUMN a text NOT NULL;', 'adding-required-field'],
  [
    'a default that rewrites the table',
    'ALTER TABLE orders ADD COLUMN a timestamptz DEFAULT clock_timestamp();',
    'adding-field-with-default',
  ],
  ['NOT NULL, which scans the table', 'ALTER TABLE orders ALTER COLUMN a SET NOT NULL;', 'adding-not-nullable-field'],
  ['another type', 'ALTER TABLE orders ALTER COLUMN a TYPE bigint;', 'changing-column-type'],
  [
    'a constraint that is validated',
    "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > '');",
    'constraint-missing-not-valid',
  ],
  ['a unique constraint', 'ALTER TABLE orders ADD CONSTRAINT c UNIQUE (a);', 'disallowed-unique-constraint'],
  ['a renamed column', 'ALTER TABLE orders RENAME COLUMN a TO b;', 'renaming-column'],
  ['a renamed table', 'ALTER TABLE orders RENAME TO purchases;', 'renaming-table'],
  ['a column that becomes optional', 'ALTER TABLE orders ALTER COLUMN a DROP NOT NULL;', 'ban-drop-not-null'],
  ['a dropped column', 'ALTER TABLE orders DROP COLUMN a;', 'ban-drop-column'],
  ['a dropped table', 'DROP TABLE orders;', 'ban-drop-table'],
  ['a transaction of its own', 'BEGIN; SELECT 1; COMMIT;', 'transaction-nesting'],
  [
    'a concurrent index in a transaction',
    'CREATE INDEX CONCURRENTLY i ON orders (note);',
    'requires -- no-transaction',
  ],
  ['invalid SQL', 'SELEC 1;', 'syntax-error'],
])('%s is reported', async (_, sql, rule) => {
  const problems = await problemsOf([parseMigration('0002-change.sql', sql)]);
  expect(problems.join('\n')).toContain(rule);
});

test.each([
  ['an index on a table that the same migration creates', 'CREATE TABLE a (b text);\nCREATE INDEX i ON a (b);'],
  ['a new column', 'ALTER TABLE orders ADD COLUMN a text;'],
  ['a new column with a constant', "ALTER TABLE orders ADD COLUMN a text NOT NULL DEFAULT '';"],
  ['a constraint that is validated later', "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > '') NOT VALID;"],
  ['what no running pod uses', '-- breaks-before: 0001\nALTER TABLE orders DROP COLUMN a;'],
  [
    'an index that is built concurrently, and can be built again after a failure',
    '-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON orders (note);',
  ],
  ['an exception with its reason', '-- squawk-ignore ban-drop-table\nDROP TABLE never_used;'],
])('%s is accepted', async (_, sql) => {
  expect(await problemsOf([parseMigration('0002-change.sql', sql)])).toEqual([]);
});

test.each([
  ['CREATE INDEX CONCURRENTLY i ON orders (note);'],
  ['CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "i" ON orders (note);'],
  ['DROP INDEX CONCURRENTLY IF EXISTS j; CREATE INDEX CONCURRENTLY i ON orders (note);'],
])('%s alone is reported, because a failed attempt leaves an invalid index', async (sql) => {
  const problems = await problemsOf([parseMigration('0002-index.sql', `-- no-transaction\n${sql}`)]);
  expect(problems).toEqual(['0002-index: precede the index i by DROP INDEX CONCURRENTLY IF EXISTS i']);
});

/** Returns a line for each statement that is not safe to run while pods of the last release use the database. */
async function problemsOf(migrations: readonly Migration[]): Promise<string[]> {
  const problems = await Promise.all(
    migrations.map(async (each) => [...(await lint(each)), ...concurrentProblems(each)]),
  );
  return problems.flat();
}

/** Runs squawk (https://squawkhq.com/docs/rules), with the settings in .squawk.toml. */
async function lint({ name, sql, transaction, breaksBefore }: Migration): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, `${name}.sql`);
  writeFileSync(file, sql);
  const args = ['--reporter', 'json', ...(transaction ? [] : ['--no-assume-in-transaction'])];
  const squawk = join(fileURLToPath(import.meta.resolve('squawk-cli/package.json')), '../js/bin/squawk');
  const { stdout, stderr } = await run(process.execPath, [squawk, ...args, file], { cwd: ROOT }).catch(
    (error) => error,
  );
  if (stdout === '') throw new Error(`squawk failed: ${stderr}`);
  const found: { line: number; rule_name: string; message: string }[] = JSON.parse(stdout);
  return found
    .filter(({ rule_name }) => breaksBefore === undefined || !BREAKING.includes(rule_name))
    .map(({ line, rule_name, message }) => `${name} line ${line + 1}: ${rule_name}: ${message}`);
}

/**
 * Returns problems with indexes that are built concurrently: a second attempt must build them again. A failed CREATE INDEX CONCURRENTLY leaves an invalid index, which
 * slows down writes and which IF NOT EXISTS would keep.
 */
function concurrentProblems({ name, sql, transaction }: Migration): string[] {
  const statements = splitStatements(sql).map(({ text }) => text);
  const isConcurrent = (text: string) => /\bINDEX\s+CONCURRENTLY\b/i.test(text);
  if (transaction) return statements.some(isConcurrent) ? [`${name}: CONCURRENTLY requires -- no-transaction`] : [];
  return statements.flatMap((text, index) => {
    const [, created] =
      /CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([\w.]+)/i.exec(text) ?? [];
    if (created === undefined) return [];
    const drop = new RegExp(`DROP\\s+INDEX\\s+CONCURRENTLY\\s+IF\\s+EXISTS\\s+"?${RegExp.escape(created)}\\b`, 'i');
    if (statements.slice(0, index).some((other) => drop.test(other))) return [];
    return [`${name}: precede the index ${created} by DROP INDEX CONCURRENTLY IF EXISTS ${created}`];
  });
}
