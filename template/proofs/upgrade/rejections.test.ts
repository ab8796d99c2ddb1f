import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Clone } from '../init/clone.ts';
import { commitAll, createService, createTemplate, edit, read, removeAll, stateOf, upgradeWith } from './projects.ts';

const OPTIONS = { name: 'orders', without: ['mesh'], ci: 'github', made: 'HEAD' } as const;

let template: Clone;
let service: Clone;
beforeAll(async () => {
  template = await createTemplate();
  await commitAll(template, 'Change nothing');
  service = await createService(template, { ...OPTIONS, made: 'main' });
  await template.succeed('git', 'switch', '--quiet', '--create', 'without-upgrades');
  await template.succeed('git', 'rm', '-r', '--quiet', 'template/upgrade');
  await commitAll(template, 'Remove upgrades');
  await template.succeed('git', 'switch', '--quiet', 'main');
  return () => removeAll(template);
});

/** Expects that an upgrade is rejected with a reason, and that nothing has changed. */
async function expectRejected(reason: string | RegExp, ...args: string[]): Promise<void> {
  const before = await stateOf(service);
  const { code, text } = await upgradeWith(template, service, ...args);
  expect([code, text]).toEqual([64, expect.stringMatching(reason)]);
  expect(text).toContain('nothing was changed');
  expect(await stateOf(service)).toBe(before);
  expect(await service.succeed('git', 'branch', '--show-current')).toBe('main\n');
}

test.each([
  ['an unknown version', /no tag, branch or commit v9\.9\.9/, ['--to', 'v9.9.9']],
  ['an unreachable template', /cannot fetch the template from .*nowhere/, ['--from', '/nowhere']],
  ['an older template', /the template is older than the service: 0\.1\.0/, ['--to', 'main~1']],
  ['a template without upgrades', /cannot upgrade services: choose a newer version/, ['--to', 'without-upgrades']],
  ['a feature that was not removed', /--with: compose was not removed; \S+ lists mesh/, ['--with', 'compose']],
  ['an unknown feature', /--without: everything is unknown; use example/, ['--without', 'everything']],
  ['an unknown pipeline', /--ci: jenkins is unknown/, ['--ci', 'jenkins']],
  ['an unknown option', /--form/, ['--form', '.']],
] as const)('%s is rejected with the reason', async (_, reason, args) => {
  await expectRejected(reason, ...args);
});

test('uncommitted changes are rejected, and kept', async () => {
  writeFileSync(join(service.root, 'notes.txt'), 'mine');
  onTestFinished(() => rmSync(join(service.root, 'notes.txt')));
  await expectRejected('there are uncommitted changes');
  expect(read(service, 'notes.txt')).toBe('mine');
});

test('a missing remote, record and base are rejected with what to do', async () => {
  const { succeed } = service;
  await succeed('git', 'remote', 'rename', 'template', 'other');
  await expectRejected('run `git remote add template ADDRESS`, or use --from');
  await succeed('git', 'remote', 'rename', 'other', 'template');
  const record = read(service, '.template.json');
  const { commit } = JSON.parse(record).template;

  edit(service, '.template.json', commit, 'f'.repeat(40));
  await commitAll(service, 'Name an unknown commit');
  await expectRejected(`the template has no commit ${'f'.repeat(40)}, which .template.json names`);
  rmSync(join(service.root, '.template.json'));
  await commitAll(service, 'Remove the record');
  await expectRejected(/Write it by hand and commit it.*"without": \["example", "consul"\]/s);
  await succeed('git', 'reset', '--quiet', '--hard', 'HEAD~2');
});

test('a dry run prints the files and the changelog, and changes nothing', async () => {
  edit(template, 'CHANGELOG.md', /\n- /, '\n- Planted entry.\n- ');
  edit(template, 'pkg/health/health.ts', 'Liveness: always passes.', 'Liveness: passes in every state.');
  await commitAll(template, 'Change health');
  const before = await stateOf(service);
  const { code, text } = await upgradeWith(template, service, '--dry-run');
  expect([code, text]).toEqual([0, expect.stringContaining('This was a dry run: nothing was changed.')]);
  expect(text).toMatch(/Files that would change:\n {2}M\t\.template\.json\n {2}M\tpkg\/health\/health\.ts\n\n/);
  expect(text).toContain('- Planted entry.');
  expect(await stateOf(service)).toBe(before);
  expect(await service.succeed('git', 'branch', '--list')).toBe('* main\n');
});

test('an archive can be upgraded to, and later on from it', async () => {
  const archive = async (name: string) => {
    const file = join(template.root, '..', name);
    await template.succeed('git', 'archive', '--prefix=skiff/', '--output', file, 'HEAD');
    return file;
  };
  const { code, text } = await upgradeWith(template, service, '--from', await archive('first.tar.gz'));
  expect([code, text]).toEqual([0, expect.stringContaining('Merged without conflicts')]);
  const commit = (await template.succeed('git', 'rev-parse', 'HEAD')).trim();
  expect(JSON.parse(read(service, '.template.json')).template.commit).toBe(commit);

  edit(template, 'pkg/health/health.ts', 'Liveness: passes in every state.', 'Liveness: passes.');
  await commitAll(template, 'Change health again');
  const archives = ['--from', join(template.root, '../first.tar.gz'), '--from', await archive('second.tar')];
  const second = await upgradeWith(template, service, ...archives);
  expect([second.code, second.text]).toEqual([0, expect.stringContaining('Merged without conflicts')]);
  expect(read(service, 'pkg/health/health.ts')).toContain('Liveness: passes.');

  execFileSync('tar', ['-cf', '../plain.tar', 'package.json'], { cwd: template.root });
  const plain = await upgradeWith(template, service, '--from', join(template.root, '../plain.tar'));
  expect([plain.code, plain.text]).toEqual([64, expect.stringContaining('does not name its commit')]);
});
