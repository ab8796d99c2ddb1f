import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Clone, createClone } from './clone.ts';

const ARGUMENTS = ['orders', '--owner', 'Team Checkout', '--registry', 'registry.test/checkout'];

async function init(clone: Clone, ...args: string[]) {
  return clone.run('npm', 'run', '--silent', 'init', '--', ...args);
}

async function stateOf(clone: Clone): Promise<string> {
  return `${await clone.succeed('git', 'rev-parse', 'HEAD')}${await clone.succeed('git', 'status', '--porcelain')}`;
}

test('a dry run prints the changes and makes none', async () => {
  const clone = createClone();
  const before = await stateOf(clone);
  const { code, text } = await init(clone, ...ARGUMENTS, '--without', 'consul', '--dry-run');
  expect(code).toBe(0);
  expect(text).toMatch(/^delete +pkg\/consul\/client\.ts$/m);
  expect(text).toMatch(/^write +package\.json$/m);
  expect(text).toMatch(/^uninstall +consul$/m);
  expect(await stateOf(clone)).toBe(before);
});

test('a dry run in an unpacked archive leaves no repository behind', async () => {
  const clone = createClone();
  rmSync(join(clone.root, '.git'), { recursive: true });
  // The link is not a folder, so .gitignore does not ignore it.
  renameSync(join(clone.root, 'node_modules'), join(clone.root, '../node_modules'));
  const { code, text } = await init(clone, ...ARGUMENTS, '--dry-run');
  expect([code, text]).toEqual([0, expect.stringMatching(/^write +\.template\.json$/m)]);
  expect(existsSync(join(clone.root, '.git'))).toBe(false);
});

test.each([
  [['node', ...ARGUMENTS.slice(1)], 'the name node'],
  [['orders'], '--owner'],
  [[], 'the name is missing'],
  [[...ARGUMENTS, '--wihtout', 'consul'], 'did you mean --without?'],
])('%j is rejected with the reason', async (args, reason) => {
  const clone = createClone();
  const before = await stateOf(clone);
  const { code, text } = await init(clone, ...args);
  expect([code, text]).toEqual([64, expect.stringContaining(reason)]);
  expect(await stateOf(clone)).toBe(before);
});

test('a checkout with uncommitted changes is rejected', async () => {
  const clone = createClone();
  writeFileSync(join(clone.root, 'notes.txt'), 'mine');
  const { code, text } = await init(clone, ...ARGUMENTS);
  expect([code, text]).toEqual([64, expect.stringContaining('uncommitted')]);
  expect(readFileSync(join(clone.root, 'notes.txt'), 'utf8')).toBe('mine');
});

test('options without -- are explained', async () => {
  const clone = createClone();
  const { code, text } = await clone.run('npm', 'run', '--silent', 'init', ...ARGUMENTS);
  expect([code, text]).toEqual([64, expect.stringContaining('npm run init -- NAME')]);
});

test('a result that does not pass its checks is not committed, and the previous state is restored', async () => {
  const clone = createClone();
  writeFileSync(join(clone.root, 'internal/app/unused.ts'), 'export const unused = 1;\n');
  await clone.succeed('git', 'add', '--all');
  await clone.succeed('git', 'commit', '--quiet', '--message', 'Add a file that nothing imports');
  const before = await stateOf(clone);
  const { code, text } = await init(clone, ...ARGUMENTS, '--fresh-history');
  expect([code, text]).toEqual([
    1,
    expect.stringMatching(/nothing was changed: [\s\S]*unused\.ts[\s\S]*add --no-check/),
  ]);
  expect(await stateOf(clone)).toBe(before);
});
