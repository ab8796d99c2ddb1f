import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFiles } from '../config/temporary-files.ts';
import { watchFiles } from './watch-files.ts';

function countChanges(paths: string[], pollMs?: number): () => number {
  let changes = 0;
  const unwatch = watchFiles(paths, {
    settleMs: 20,
    onChange: () => {
      changes += 1;
    },
    ...(pollMs !== undefined && { pollMs }),
  });
  onTestFinished(unwatch);
  return () => changes;
}

test('a change that the operating system reports is seen at once, and as one', async () => {
  const folder = temporaryFiles({ a: '1', b: '1' });
  const changes = countChanges([join(folder, 'a'), join(folder, 'b')], 600_000);
  writeFileSync(join(folder, 'a'), '22');
  writeFileSync(join(folder, 'b'), '22');
  await expect.poll(changes).toBe(1);
});

test('a change that nothing reports is found by looking', async () => {
  const folder = temporaryFiles({});
  // A directory that is not there cannot be watched.
  const changes = countChanges([join(folder, 'later/a')], 50);
  mkdirSync(join(folder, 'later'));
  writeFileSync(join(folder, 'later/a'), '1');
  await expect.poll(changes).toBeGreaterThan(0);
});

test('a file that becomes a link to itself is a change like any other', async () => {
  const folder = temporaryFiles({ a: '1' });
  const changes = countChanges([join(folder, 'a')], 20);
  rmSync(join(folder, 'a'));
  symlinkSync('a', join(folder, 'a'));
  await expect.poll(changes).toBeGreaterThan(0);
});

test('another file changing in the same directory is no change', async () => {
  const folder = temporaryFiles({ a: '1' });
  const changes = countChanges([join(folder, 'a')], 20);
  const other = countChanges([join(folder, 'other')], 20);
  writeFileSync(join(folder, 'other'), '1');
  await expect.poll(other).toBe(1);
  expect(changes()).toBe(0);
});
