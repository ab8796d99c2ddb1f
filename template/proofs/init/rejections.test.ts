import { readFileSync, writeFileSync } from 'node:fs';
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

test.each([
  [['node', ...ARGUMENTS.slice(1)], 'the name node'],
  [[...ARGUMENTS, '--without', 'everything'], 'everything is unknown'],
  [['orders'], '--owner'],
  [[], 'the name is missing'],
  [[...ARGUMENTS, '--wihtout', 'consul'], '--wihtout'],
  [[...ARGUMENTS, '--ci', 'jenkins'], '--ci: jenkins is unknown'],
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

test('a failure in the middle restores the previous state', async () => {
  const clone = createClone();
  // The documentation is generated last.
  const script = join(clone.root, 'scripts/docs/main.ts');
  writeFileSync(script, 'process.exit(1);\n');
  await clone.succeed('git', 'commit', '--all', '--quiet', '--message', 'Break it');
  const before = await stateOf(clone);
  const { code, text } = await init(clone, ...ARGUMENTS, '--without', 'consul');
  expect([code, text]).toEqual([1, expect.stringContaining('nothing was changed')]);
  expect(await stateOf(clone)).toBe(before);
});
