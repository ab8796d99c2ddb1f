import { expect, test } from 'vitest';
import type { AppliedMigration } from './applied.ts';
import { type Migration, parseMigration } from './migration.ts';
import { compareSchema, schemaProblem } from './schema-state.ts';

const expand1 = parseMigration('0001-create.sql', 'CREATE TABLE t ()');
const expand2 = parseMigration('0002-add.sql', 'ALTER TABLE t ADD COLUMN b text');
const expand3 = parseMigration('0003-add-more.sql', 'ALTER TABLE t ADD COLUMN c text');
const contract = parseMigration('0003-drop.sql', '-- breaks-before: 0002\nALTER TABLE t DROP COLUMN a');
const optional = parseMigration('0002-index.sql', '-- optional\nCREATE INDEX i ON t (b)');

const applied = (...migrations: readonly Migration[]): AppliedMigration[] =>
  migrations.map((migration) => ({ ...migration, appliedAt: new Date(0) }));

test('a schema with exactly the known migrations is usable', () => {
  expect(schemaProblem([expand1, expand2], applied(expand1, expand2))).toBeUndefined();
});

test('a schema without a known migration is not usable', () => {
  expect(schemaProblem([expand1, expand2], applied(expand1))).toBe('migration 0002-add is not applied: run migrate');
});

test('a schema without a migration that only removes, or is optional, is usable', () => {
  expect(schemaProblem([expand1, expand2, contract], applied(expand1, expand2))).toBeUndefined();
  expect(schemaProblem([expand1, optional], applied(expand1))).toBeUndefined();
});

test('a schema to which a newer release only added is usable', () => {
  expect(schemaProblem([expand1], applied(expand1, expand2, expand3))).toBeUndefined();
});

test('a schema from which a newer release removed what this one uses is not usable', () => {
  expect(schemaProblem([expand1], applied(expand1, expand2, contract))).toContain(
    'migration 0003-drop, applied by a newer release, removed what this release uses',
  );
});

test('a schema from which a newer release removed what this one no longer uses is usable', () => {
  expect(schemaProblem([expand1, expand2], applied(expand1, expand2, contract))).toBeUndefined();
});

test('a release without migrations can use an empty schema, but not one that breaks all older releases', () => {
  expect(schemaProblem([], [])).toBeUndefined();
  expect(schemaProblem([], applied(expand1, expand2, contract))).toContain('0003-drop');
});

test('an applied migration with another text or name is changed', () => {
  const edited = parseMigration('0001-create.sql', 'CREATE TABLE u ()');
  const renamed = parseMigration('0001-start.sql', 'CREATE TABLE t ()');
  expect(compareSchema([edited], applied(expand1)).changed).toEqual([edited]);
  expect(compareSchema([renamed], applied(expand1)).changed).toEqual([renamed]);
});
