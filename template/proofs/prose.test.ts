import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** The twenty passages of this project that were hardest to read, separated by blank lines. */
const FIXTURE = 'template/proofs/testdata/unclear-texts.txt';
const TEXTS = readFileSync(join(ROOT, FIXTURE), 'utf8').trimEnd().split('\n\n');

test('the prose linter has a suggestion for each of the twenty passages', () => {
  const { status, stdout } = lint([FIXTURE]);
  expect(status).toBe(1);
  const lines = new Set([...stdout.matchAll(/^\S+\((\d+),\d+\): .+ → .+$/gm)].map(([, line]) => Number(line)));
  expect(TEXTS).toHaveLength(20);
  expect(TEXTS.filter((_, index) => !lines.has(2 * index + 1))).toEqual([]);
});

function lint(files: readonly string[]) {
  return spawnSync('prh', ['--verify', ...files], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` },
    encoding: 'utf8',
  });
}
