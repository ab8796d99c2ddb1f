import { expect, test } from 'vitest';
import { checkProject } from './checks.ts';
import { type Clone, createClone } from './clone.ts';

async function add(clone: Clone, name: string): Promise<void> {
  expect(await clone.succeed('npm', 'run', '--silent', 'new', '--', 'route', name)).toContain(
    `internal/${name}/routes.ts`,
  );
}

test('two new domains pass the checks and their own tests', async () => {
  const clone = createClone();
  await add(clone, 'orders');
  await add(clone, 'companies');
  await checkProject(clone);
  await clone.succeed(
    'vitest',
    'run',
    'internal/orders',
    'internal/companies',
    'internal/config',
    'test/architecture.test.ts',
  );
  expect(await clone.succeed('git', 'status', '--porcelain')).toBe(
    ' M config/default.yaml\n M internal/app/domains.ts\n?? internal/companies/\n?? internal/orders/\n',
  );
});

test('a new domain can be added to a service without domains', async () => {
  const clone = createClone();
  const init = ['orders', '--owner', 'Ada', '--registry', 'registry.test', '--without', 'example,consul'];
  await clone.succeed('npm', 'run', 'init', '--', ...init);
  await add(clone, 'invoices');
  await checkProject(clone);
  await clone.succeed('vitest', 'run', 'internal/invoices');
});

test.each([
  ['route', 'flags'],
  ['route', 'Orders'],
  ['route', 'sheep'],
  ['rout', 'orders'],
])('%s %s is rejected and writes nothing', async (...args) => {
  const clone = createClone();
  expect((await clone.run('npm', 'run', '--silent', 'new', '--', ...args)).code).toBe(1);
  expect(await clone.succeed('git', 'status', '--porcelain')).toBe('');
});
