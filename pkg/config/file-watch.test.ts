import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type FileWatchOptions, watchFile } from './file-watch.ts';
import { temporaryFiles } from './temporary-files.ts';

/** Far beyond the test's limit, so that only an event of the file system can be what told. */
const NO_POLL = { pollMs: 3_600_000 };
const LIMIT = { timeout: 5_000 };

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'none';
  }
}

/** What was in the file each time that the watch told of it. */
async function watched(path: string, options: FileWatchOptions): Promise<string[]> {
  const contents: string[] = [];
  const watch = watchFile(path, () => contents.push(contentOf(path)), options);
  onTestFinished(() => watch.close());
  await expect.poll(() => contents.length, LIMIT).toBe(1);
  return contents;
}

/** As the kubelet writes a ConfigMap: a folder per version, `..data` leads to it, the files lead through `..data`. */
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

test("each exchange of a ConfigMap's ..data is told", async () => {
  const { path, publish } = configMap();
  const contents = await watched(path, NO_POLL);
  publish('two');
  await expect.poll(() => contents.at(-1), LIMIT).toBe('two');
  publish('three');
  await expect.poll(() => contents.at(-1), LIMIT).toBe('three');
});

test('each rename of an editor over the file is told', async () => {
  const folder = temporaryFiles({ 'app.yaml': 'one' });
  const contents = await watched(join(folder, 'app.yaml'), NO_POLL);
  for (const content of ['two', 'three']) {
    writeFileSync(join(folder, '.app.yaml.swp'), content);
    renameSync(join(folder, '.app.yaml.swp'), join(folder, 'app.yaml'));
    await expect.poll(() => contents.at(-1), LIMIT).toBe(content);
  }
});

test('writing in place is told, once it is quiet; another file of the folder is not', async () => {
  const folder = temporaryFiles({ 'app.yaml': 'one' });
  const contents = await watched(join(folder, 'app.yaml'), NO_POLL);
  writeFileSync(join(folder, 'other.yaml'), 'x');
  writeFileSync(join(folder, 'app.yaml'), '');
  writeFileSync(join(folder, 'app.yaml'), 'two');
  await expect.poll(() => contents, LIMIT).toEqual(['one', 'two']);
});

test('a file that is gone, and is back, is told', async () => {
  const folder = temporaryFiles({ 'app.yaml': 'one' });
  const contents = await watched(join(folder, 'app.yaml'), NO_POLL);
  rmSync(join(folder, 'app.yaml'));
  await expect.poll(() => contents.at(-1), LIMIT).toBe('none');
  writeFileSync(join(folder, 'app.yaml'), 'two');
  await expect.poll(() => contents.at(-1), LIMIT).toBe('two');
});

test('without an event, as of a folder that is not there at first or was replaced, the poll finds out', async () => {
  const root = temporaryFiles({});
  const path = join(root, 'etc', 'app.yaml');
  const contents = await watched(path, { pollMs: 100 });
  expect(contents).toEqual(['none']);
  mkdirSync(join(root, 'etc'));
  writeFileSync(path, 'one');
  await expect.poll(() => contents.at(-1), LIMIT).toBe('one');
  renameSync(join(root, 'etc'), join(root, 'old'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(path, 'two');
  await expect.poll(() => contents.at(-1), LIMIT).toBe('two');
});
