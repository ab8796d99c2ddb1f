import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService } from '../../../test/support/service.ts';

const ROOT = join(import.meta.dirname, '../../..');
const root = mkdtempSync(join(tmpdir(), 'client-'));
afterAll(() => rmSync(root, { recursive: true }));

function git(...args: string[]): void {
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  execFileSync('git', [...author, ...args], { cwd: root, stdio: 'pipe' });
}

const run = (program: string) => spawnSync(process.execPath, [program], { cwd: root, encoding: 'utf8' });
const gate = () => run('scripts/client/gate.ts');
const write = (path: string, text: string) => writeFileSync(join(root, path), text);
const released = readFileSync(join(ROOT, 'api/openapi.json'), 'utf8');

beforeAll(() => {
  for (const path of ['api', 'scripts', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  }
  mkdirSync(join(root, 'node_modules'));
  for (const name of ['@oazapfts', '@typescript', 'typescript']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(root, 'node_modules', name));
  }
  write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n## 1.0.0\n\n- Breaking: `GET /v1/flags/{key}` is new.\n');
  git('init', '--quiet');
  git('add', 'api', 'CHANGELOG.md');
  git('commit', '--quiet', '--message', 'Release');
});

/** Removes an operation from the document in the working tree. */
function removeOperation(): void {
  const document = JSON.parse(released);
  delete document.paths['/v1/flags/{key}'].get;
  write('api/openapi.json', JSON.stringify(document));
}

test('without a release, or with only a pre-release, every change is accepted', () => {
  removeOperation();
  git('tag', 'v1.1.0-rc.1');
  expect(gate()).toMatchObject({ status: 0, stderr: '' });
});

test('a change that breaks clients of the last release fails unless the changelog announces it', () => {
  git('tag', 'v1.0.0');
  const failed = gate();
  expect([failed.status, failed.stderr]).toEqual([
    1,
    expect.stringContaining('GET /v1/flags/{key}: removed: breaks clients of v1.0.0\n'),
  ]);
  write(
    'CHANGELOG.md',
    '# Changelog\n\n## Unreleased\n\n- Breaking: `GET /v1/flags/{key}` was\n  removed.\n\n## 1.0.0\n',
  );
  expect(gate()).toMatchObject({ status: 0, stderr: '' });
});

test('a release of another service, such as the template, is ignored', () => {
  const document = JSON.parse(released);
  write('api/openapi.json', JSON.stringify({ ...document, info: { ...document.info, title: 'orders' }, paths: {} }));
  expect(gate()).toMatchObject({ status: 0, stderr: '' });
});

test('npm run client builds a package that calls the service', async () => {
  expect(run('scripts/client/main.ts')).toMatchObject({ status: 0, stderr: '' });
  const service = await startService();
  const client = await import(pathToFileURL(join(root, 'dist/client/client.js')).href);
  client.defaults.baseUrl = service.url;
  expect(await client.getVersion()).toMatchObject({ status: 200, data: { version: '0.1.0' } });
  service.kill('SIGTERM');
  await service.exit;
});
