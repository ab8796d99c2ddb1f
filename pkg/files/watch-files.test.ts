import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFiles } from '../../test/support/temporary-files.ts';
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

/** Longer than any test runs, so that only a file system event can report the change. */
const NO_POLL_MS = 3_600_000;

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'none';
  }
}

/** Records the file's content initially and at each change. */
function watched(path: string, pollMs: number): string[] {
  const contents: string[] = [];
  onTestFinished(watchFiles([path], { pollMs, onChange: () => void contents.push(contentOf(path)) }));
  contents.push(contentOf(path));
  return contents;
}

/** Mimics the kubelet's layout of a ConfigMap: `..data` links to a folder per version, and files link through it. */
function configMap() {
  const folder = temporaryFiles({});
  let version = 0;
  const publish = (content: string) => {
    const name = `..2026_${++version}`;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'app.yaml'), content);
    symlinkSync(name, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, `..2026_${version - 1}`), { recursive: true, force: true });
  };
  publish('one');
  symlinkSync(join('..data', 'app.yaml'), join(folder, 'app.yaml'));
  return { path: join(folder, 'app.yaml'), publish };
}

test('changes in quick succession that the operating system reports are one change', async () => {
  const folder = temporaryFiles({ a: '1', b: '1' });
  const changes = countChanges([join(folder, 'a'), join(folder, 'b')], 600_000);
  writeFileSync(join(folder, 'a'), '22');
  writeFileSync(join(folder, 'b'), '22');
  await expect.poll(changes).toBe(1);
});

test('a change without an event is found by polling', async () => {
  const folder = temporaryFiles({});
  // A missing directory cannot be watched.
  const changes = countChanges([join(folder, 'later/a')], 50);
  mkdirSync(join(folder, 'later'));
  writeFileSync(join(folder, 'later/a'), '1');
  await expect.poll(changes).toBeGreaterThan(0);
});

test('a change of another file in the same directory is ignored', async () => {
  const folder = temporaryFiles({ a: '1' });
  const changes = countChanges([join(folder, 'a')], 20);
  const other = countChanges([join(folder, 'other')], 20);
  writeFileSync(join(folder, 'other'), '1');
  await expect.poll(other).toBe(1);
  expect(changes()).toBe(0);
});

test("each replacement of a ConfigMap's ..data link is reported", async () => {
  const { path, publish } = configMap();
  const contents = watched(path, NO_POLL_MS);
  publish('two');
  await expect.poll(() => contents.at(-1)).toBe('two');
  publish('three');
  await expect.poll(() => contents.at(-1)).toBe('three');
});

test('each time an editor renames a new file over the old one is reported', async () => {
  const folder = temporaryFiles({ 'app.yaml': 'one' });
  const contents = watched(join(folder, 'app.yaml'), NO_POLL_MS);
  for (const content of ['two', 'three']) {
    writeFileSync(join(folder, '.app.yaml.swp'), content);
    renameSync(join(folder, '.app.yaml.swp'), join(folder, 'app.yaml'));
    await expect.poll(() => contents.at(-1)).toBe(content);
  }
});

test('writing in place is reported once the file has settled', async () => {
  const folder = temporaryFiles({ 'app.yaml': 'one' });
  const contents = watched(join(folder, 'app.yaml'), NO_POLL_MS);
  writeFileSync(join(folder, 'other.yaml'), 'x');
  writeFileSync(join(folder, 'app.yaml'), '');
  writeFileSync(join(folder, 'app.yaml'), 'two');
  await expect.poll(() => contents).toEqual(['one', 'two']);
});

test('removing and recreating a file is reported', async () => {
  const folder = temporaryFiles({ 'app.yaml': 'one' });
  const contents = watched(join(folder, 'app.yaml'), NO_POLL_MS);
  rmSync(join(folder, 'app.yaml'));
  await expect.poll(() => contents.at(-1)).toBe('none');
  writeFileSync(join(folder, 'app.yaml'), 'two');
  await expect.poll(() => contents.at(-1)).toBe('two');
});

test('polling detects changes in a directory that did not exist at first or was replaced', async () => {
  const root = temporaryFiles({});
  const path = join(root, 'etc', 'app.yaml');
  const contents = watched(path, 100);
  expect(contents).toEqual(['none']);
  mkdirSync(join(root, 'etc'));
  writeFileSync(path, 'one');
  await expect.poll(() => contents.at(-1)).toBe('one');
  renameSync(join(root, 'etc'), join(root, 'old'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(path, 'two');
  await expect.poll(() => contents.at(-1)).toBe('two');
});

test('a file that becomes a link to itself is reported as a change', async () => {
  const folder = temporaryFiles({ a: '1' });
  const changes = countChanges([join(folder, 'a')], 20);
  rmSync(join(folder, 'a'));
  symlinkSync('a', join(folder, 'a'));
  await expect.poll(changes).toBeGreaterThan(0);
});

test('a change right after the call is reported, and none after watching has stopped', async () => {
  const folder = temporaryFiles({ a: '1' });
  let changes = 0;
  const onChange = () => {
    changes += 1;
  };
  const unwatch = watchFiles([join(folder, 'a')], { settleMs: 20, onChange });
  writeFileSync(join(folder, 'a'), '22');
  await expect.poll(() => changes).toBe(1);
  unwatch();
  const other = countChanges([join(folder, 'a')]);
  writeFileSync(join(folder, 'a'), '333');
  await expect.poll(other).toBe(1);
  expect(changes).toBe(1);
});
