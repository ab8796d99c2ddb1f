import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkProject } from './checks.ts';
import { type Clone, createClone } from './clone.ts';

const RULES = `
  - { apiGroups: [batch.acme.test], resources: [backuppolicies], verbs: [list, watch, patch] }
  - { apiGroups: [batch.acme.test], resources: [backuppolicies/status], verbs: [patch] }
  # Events
`;

function read({ root }: Clone, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

test('a new controller has a CRD in the API group of the service and permissions, and passes the check and its tests', async () => {
  const clone = createClone();
  const init = ['orders', '--owner', 'Ada', '--registry', 'registry.test', '--domain', 'acme.test'];
  await clone.succeed('npm', 'run', 'init', '--', ...init, '--no-check');
  const output = await clone.succeed('npm', 'run', '--silent', 'new', '--', 'controller', 'backup-policy');
  expect(output).toContain('npm run docs && npm test -- internal/backup-policies');
  await clone.succeed('npm', 'run', '--silent', 'docs');
  await checkProject(clone);
  await clone.succeed('vitest', 'run', '--project', 'unit', 'internal/backup-policies', 'internal/controller');

  const definition = parse(read(clone, 'charts/orders/files/crds/backuppolicies.yaml'));
  expect(definition).toMatchObject({
    metadata: { name: 'backuppolicies.batch.acme.test' },
    spec: { group: 'batch.acme.test', names: { kind: 'BackupPolicy', singular: 'backuppolicy' } },
  });
  expect(read(clone, 'deploy/kubernetes/components/controller/rbac.yaml')).toContain(RULES.trimStart());
  expect(read(clone, 'charts/orders/templates/_controller.tpl')).toContain(RULES.trim().replaceAll(/^ {2}/gm, ''));
  expect(read(clone, 'internal/controller/controllers.ts')).toContain('  createBackupPolicy,\n');
});

test('a service without the controller program rejects a new controller, with the reason', async () => {
  const clone = createClone();
  const init = ['orders', '--owner', 'Ada', '--registry', 'registry.test', '--without', 'controller'];
  await clone.succeed('npm', 'run', 'init', '--', ...init, '--no-check');
  const { code, text } = await clone.run('npm', 'run', '--silent', 'new', '--', 'controller', 'backup');
  expect([code, text]).toEqual([
    1,
    expect.stringContaining('A controller needs the controller program, which was removed'),
  ]);
});
