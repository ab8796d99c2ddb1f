import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { git, run, tryGit } from '../../scripts/upgrade/run.ts';
import { finishMerge } from './finish-merge.ts';

const ROOT = join(import.meta.dirname, '../..');

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'merge-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  git(root, 'init', '--quiet', '--initial-branch=main');
  for (const key of ['user.name', 'user.email']) git(root, 'config', key, 'ada@example.com');
  write('package.json', '{ "name": "orders", "scripts": { "docs": "node -e 0", "format": "node -e 0" } }\n');
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Commits what each side does to the current files, and starts the merge. */
function merge(ours: () => void, theirs: () => void): void {
  const commit = (change: () => void) => {
    change();
    git(root, 'add', '--all');
    git(root, 'commit', '--quiet', '--message', 'Change');
  };
  commit(() => {});
  git(root, 'switch', '--quiet', '--create', 'theirs');
  commit(theirs);
  git(root, 'switch', '--quiet', 'main');
  commit(ours);
  tryGit(root, 'merge', '--no-commit', '--no-ff', 'theirs');
}

test('dependencies that both sides changed are merged, and the lock matches', { timeout: 60_000 }, () => {
  for (const file of ['package-lock.json', '.npmrc']) cpSync(join(ROOT, file), join(root, file));
  const { scripts: _, ...manifest } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  write('package.json', JSON.stringify({ ...manifest, scripts: JSON.parse(read('package.json')).scripts }, null, 2));
  const uninstall = (name: string) => () => {
    run(root, ['npm', 'uninstall', name, '--package-lock-only', '--offline', '--no-audit']);
  };
  merge(uninstall('undici'), uninstall('typebox'));
  expect(git(root, 'ls-files', '--unmerged')).toMatch(/package-lock\.json.*package\.json/s);
  expect(finishMerge(root)).toEqual({ conflicts: [], stillDeleted: [], failed: [] });
  const names = Object.keys(JSON.parse(read('package.json')).dependencies);
  expect(names).not.toEqual(expect.arrayContaining(['undici']));
  expect(names).not.toEqual(expect.arrayContaining(['typebox']));
  expect(names.length).toBe(Object.keys(manifest.dependencies).length - 2);
  expect(read('package-lock.json')).not.toMatch(/"resolved"|<<<<<<</);
  run(root, ['npm', 'ci', '--dry-run', '--offline', '--no-audit']);
  expect(git(root, 'status', '--porcelain')).toBe('');
});

test('a file that was deleted here stays deleted, and one that was deleted there is a conflict', () => {
  for (const path of ['here.ts', 'there.ts']) write(path, '1\n2\n3\n');
  merge(
    () => {
      rmSync(join(root, 'here.ts'));
      write('there.ts', '1\n2\nours\n');
    },
    () => {
      rmSync(join(root, 'there.ts'));
      write('here.ts', '1\n2\ntheirs\n');
    },
  );
  expect(finishMerge(root)).toEqual({
    conflicts: ['there.ts (changed here, removed from the template)'],
    stillDeleted: ['here.ts'],
    failed: [],
  });
  git(root, 'merge', '--abort');
  expect([read('there.ts'), git(root, 'status', '--porcelain')]).toEqual(['1\n2\nours\n', '']);
});

test.each(['merge', 'diff3'])('generated text is no conflict with the style %s, but text above it is', (style) => {
  git(root, 'config', 'merge.conflictStyle', style);
  const readme = (written: string, generated: string) =>
    `${written}\n\n\n\n\n<!-- The rest is generated from values.yaml -->\n\n| ${generated} |\n`;
  write('docs/configuration.md', 'a\n\nbase\n\nb\n');
  for (const chart of ['one', 'two']) write(`charts/${chart}/README.md`, readme('base', 'base'));
  const change = (side: string) => () => {
    write('docs/configuration.md', `a\n\n${side}\n\nb\n`);
    write('charts/one/README.md', readme('base', side));
    write('charts/two/README.md', readme(side, side));
  };
  merge(change('ours'), change('theirs'));
  expect(finishMerge(root).conflicts).toEqual(['charts/two/README.md (changed in both)']);
  expect(read('docs/configuration.md')).toBe('a\n\nours\n\nb\n');
  expect(read('charts/one/README.md')).toBe(readme('base', 'ours'));
});
