import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { plan } from '../../../scripts/new/plan.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NOUN = { singular: 'order-item', plural: 'order-items' };

/** A project with the files that a new domain is added to, and with these migrations. */
async function project(migrations: readonly string[]): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'new-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const path of ['internal/app/domains.ts', 'config/default.yaml']) await cp(join(ROOT, path), join(root, path));
  if (migrations.length > 0) await mkdir(join(root, 'migrations'));
  for (const name of migrations) writeFileSync(join(root, 'migrations', name), '');
  return root;
}

test.each([
  [['0001-flags.sql', '0009-invoices.sql', 'README.md'], '0010'],
  [['0001-flags.sql', '0002-orders.sql'], '0003'],
  [[], '0001'],
])('after the migrations %j, that of a new domain has the number %s', async (migrations, number) => {
  const files = new Map(plan(await project(migrations), 'route', NOUN, 'postgres'));
  expect(files.get(`migrations/${number}-order-items.sql`)).toContain('CREATE TABLE "order_items" (');
});

test.each([
  ['of the migrations', 'schema-migrations', 'schema_migrations'],
  ['of another domain', 'order-items', 'order_items'],
])('a domain in Postgres does not get the table %s', async (_whose, plural, table) => {
  const root = await project(['0001-order-items.sql']);
  writeFileSync(join(root, 'migrations/0001-order-items.sql'), 'CREATE TABLE "order_items" (key text);');
  await cp(join(ROOT, 'pkg/postgres/migrations'), join(root, 'pkg/postgres/migrations'), { recursive: true });
  const noun = { singular: plural.slice(0, -1), plural };
  expect(() => plan(root, 'route', noun, 'postgres')).toThrow(`the table ${table} exists already`);
  expect(() => plan(root, 'route', noun, 'memory')).not.toThrow();
});

test('a domain in Postgres has the files of one in memory, and imports only files that exist', async () => {
  const root = await project([]);
  const memory = plan(root, 'route', NOUN).map(([path]) => path);
  const files = new Map(plan(root, 'route', NOUN, 'postgres'));
  expect([...files.keys()].filter((path) => !memory.includes(path)).sort()).toEqual([
    'internal/order-items/stores/postgres.load.test.ts',
    'internal/order-items/stores/postgres.ts',
    'migrations/0001-order-items.sql',
  ]);
  expect(memory.filter((path) => !files.has(path))).toEqual([]);
  const imported = [...files].flatMap(([path, text]) =>
    [...text.matchAll(/ from '(\.[^']+)';$/gm)].map(([, target = '']) => posix.join(posix.dirname(path), target)),
  );
  expect(imported.filter((path) => !files.has(path) && !existsSync(join(ROOT, path)))).toEqual([]);
});
