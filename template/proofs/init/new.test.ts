import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startService } from '../../../test/support/service.ts';
import { checkProject } from './checks.ts';
import { type Clone, createClone } from './clone.ts';

async function add(clone: Clone, ...args: [kind: string, name: string, ...options: string[]]): Promise<void> {
  const output = await clone.succeed('npm', 'run', '--silent', 'new', '--', ...args);
  expect(output).toContain(`wrote internal/${args[1]}/`);
  expect(output).toContain(`npm test -- internal/${args[1]}`);
}

function edit(clone: Clone, path: string, from: string, to: string): void {
  const text = readFileSync(join(clone.root, path), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(clone.root, path), text.replace(from, to));
}

test('new domains, a job and a client pass the check and their own tests, and the service runs with them', async () => {
  const clone = createClone();
  await add(clone, 'route', 'order-items');
  await add(clone, 'route', 'packages');
  await add(clone, 'route', 'maps');
  await add(clone, 'route', 'series', '--singular', 'tv-series');
  await add(clone, 'job', 'session-cleanup');
  await add(clone, 'client', 'payment-gateway');
  await clone.succeed('npm', 'run', '--silent', 'docs');
  await checkProject(clone);
  const folders = ['maps', 'order-items', 'packages', 'payment-gateway', 'series', 'session-cleanup'];
  const tests = [...folders.map((name) => `internal/${name}`), 'internal/config', 'test/architecture.test.ts'];
  await clone.succeed('vitest', 'run', '--project', 'unit', ...tests);
  expect((await clone.succeed('git', 'status', '--porcelain', 'internal', 'config')).split('\n')).toEqual([
    ' M config/default.yaml',
    ' M internal/app/domains.ts',
    ' M internal/config/schema.ts',
    ...folders.map((name) => `?? internal/${name}/`),
    '',
  ]);

  const env = { SKIFF_SESSION_CLEANUP_INTERVAL: '1s', SKIFF_LOG_LEVEL: 'debug' };
  const service = await startService({ root: clone.root, env });
  await service.line('session cleanup job ran');
  const created = await fetch(`${service.url}/v1/order-items`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'first' }),
  });
  expect(created.status).toBe(201);
  const found = await fetch(`${service.url}${created.headers.get('location')}`);
  expect([found.status, found.headers.get('etag')]).toEqual([200, created.headers.get('etag')]);
  const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
  expect(metrics).toContain('order_items_writes_total{operation="create"} 1');
  const openApi = await (await fetch(`${service.url}/openapi.json`)).text();
  for (const text of ['Create an order item', 'Create a package', 'Replace a tv series'])
    expect(openApi).toContain(text);
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

test('new domains in Postgres pass the check and their own tests, with a database and without', async () => {
  const clone = createClone();
  await add(clone, 'route', 'order-items', '--store', 'postgres');
  await add(clone, 'route', 'maps', '--store', 'postgres');
  // A reserved word of SQL.
  await add(clone, 'route', 'references', '--store', 'postgres');
  await clone.succeed('npm', 'run', '--silent', 'docs');
  await checkProject(clone);
  const folders = ['internal/order-items', 'internal/maps', 'internal/references'];
  await clone.succeed('vitest', 'run', '--project', 'unit', ...folders, 'test/architecture.test.ts', 'test/migrations');
  const output = await clone.succeed('vitest', 'run', '--project', 'load', ...folders);
  expect(output).not.toContain('skipped');
  expect((await clone.succeed('git', 'status', '--porcelain', 'migrations')).split('\n')).toEqual([
    '?? migrations/0002-order-items.sql',
    '?? migrations/0003-maps.sql',
    '?? migrations/0004-references.sql',
    '',
  ]);
});

test('a new required field takes a line in the model and a line in the tests', async () => {
  const clone = createClone();
  await add(clone, 'route', 'invoices');
  const model = 'internal/invoices/model.ts';
  edit(
    clone,
    model,
    'const fields = {\n',
    'const fields = {\n  total: Type.Number({ minimum: 0, multipleOf: 0.01 }),\n',
  );
  edit(clone, 'internal/invoices/testdata/input.ts', "name: 'first',\n", "name: 'first',\n  total: 19.99,\n");
  await clone.succeed('npm', 'run', '--silent', 'docs');
  await checkProject(clone);
  await clone.succeed('vitest', 'run', '--project', 'unit', 'internal/invoices');
});

test('a new domain is the first one of a service that was made without any', async () => {
  const clone = createClone();
  const init = [
    'orders',
    '--owner',
    'Ada',
    '--registry',
    'registry.test',
    '--without',
    'example,consul,postgres,httpclient',
  ];
  await clone.succeed('npm', 'run', 'init', '--', ...init);
  await add(clone, 'route', 'invoices');
  await add(clone, 'job', 'cleanup');
  await clone.succeed('npm', 'run', '--silent', 'docs');
  await checkProject(clone);
  await clone.succeed('vitest', 'run', 'internal/invoices', 'internal/cleanup');
  const reject = async (reason: string, ...args: string[]) => {
    const { code, text } = await clone.run('npm', 'run', '--silent', 'new', '--', ...args);
    expect([code, text]).toEqual([1, expect.stringContaining(reason)]);
  };
  await reject('A client needs the HTTP client, which was removed', 'client', 'prices');
  await reject('The store postgres needs Postgres, which was removed', 'route', 'orders', '--store', 'postgres');
});

test('what cannot be created is rejected with the reason, and nothing is written', async () => {
  const clone = createClone();
  const reject = async (reason: string, ...args: string[]) => {
    const { code, text } = await clone.run('npm', 'run', '--silent', 'new', '--', ...args);
    expect([code, text]).toEqual([1, expect.stringContaining(reason)]);
  };
  await reject('internal/flags already exists', 'route', 'flags');
  await reject('expected lower-case words', 'route', 'Orders');
  await reject('add --singular', 'route', 'sheep');
  await reject('two files named errors.ts', 'route', 'errors');
  await reject('settings with the key "tracing"', 'client', 'tracing');
  await reject('uses this name for something else', 'client', 'http');
  await reject('unknown kind rout; did you mean route?', 'rout', 'orders');
  await reject('unknown option --singlar; did you mean --singular?', 'route', 'sheep', '--singlar', 'lamb');
  await reject('Usage: npm run new', 'route', 'orders', 'invoices');
  await reject('Usage: npm run new', 'job', 'cleanup', '--singular', 'cleanups');
  await reject('Usage: npm run new', 'job', 'cleanup', '--store', 'postgres');
  await reject('unknown store postgers; did you mean postgres?', 'route', 'orders', '--store', 'postgers');
  edit(clone, 'config/default.yaml', '  grants:\n', '  grants: []\n  other:\n');
  await reject('expected auth.grants as a list', 'route', 'orders');
  expect(await clone.succeed('git', 'status', '--porcelain')).toBe(' M config/default.yaml\n');
});
