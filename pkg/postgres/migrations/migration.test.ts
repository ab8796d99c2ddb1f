import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseMigration, readMigrations } from './migration.ts';

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('migrations are read in the order of their numbers', () => {
  const folder = folderWith({ '0010-b.sql': '', '0002-a.sql': '', 'README.md': 'about these files' });
  expect(readMigrations(folder).map(({ name }) => name)).toEqual(['0002-a', '0010-b']);
});

test('a missing folder has no migrations', () => {
  expect(readMigrations('/no/such/folder')).toEqual([]);
});

test('two migrations with the same number are rejected', () => {
  const folder = folderWith({ '0001-a.sql': '', '0001-b.sql': '' });
  expect(() => readMigrations(folder)).toThrow('0001-a.sql and 0001-b.sql have the same number');
});

test.each(['1-a.sql', '0001_a.sql', '0001-A.sql', 'a.sql'])('a file named %s is rejected', (file) => {
  expect(() => parseMigration(file, '')).toThrow('must be like 0001-create-orders.sql');
});

test('a migration without headers runs in a transaction, is required, and breaks nothing', () => {
  expect(parseMigration('0001-a.sql', 'SELECT 1;')).toMatchObject({
    number: 1,
    name: '0001-a',
    transaction: true,
    optional: false,
    breaksBefore: undefined,
  });
});

test('headers are read from the comments at the top, among other comments', () => {
  const text = '-- Drops the old column.\n-- no-transaction\n\n-- breaks-before: 0003\n--optional\nSELECT 1;\n';
  expect(parseMigration('0004-a.sql', text)).toMatchObject({ transaction: false, breaksBefore: 3, optional: true });
});

test('a comment after the first statement is not a header', () => {
  expect(parseMigration('0001-a.sql', 'SELECT 1;\n-- no-transaction\n').transaction).toBe(true);
});

test.each(['0004', '0005', 'three', ''])('breaks-before: %s in migration 4 is rejected', (value) => {
  expect(() => parseMigration('0004-a.sql', `-- breaks-before: ${value}\n`)).toThrow('of an earlier migration');
});

test('a checksum depends on the text but not on its line endings', () => {
  const checksum = (text: string) => parseMigration('0001-a.sql', text).checksum;
  expect(checksum('SELECT 1;\r\nSELECT 2;\r\n')).toBe(checksum('SELECT 1;\nSELECT 2;\n'));
  expect(checksum('SELECT 1;\n')).not.toBe(checksum('SELECT 2;\n'));
});
