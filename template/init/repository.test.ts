import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import {
  createRepository,
  git,
  problemWithBranch,
  problemWithFolder,
  publicUrl,
  templateCommit,
  urlOf,
} from './repository.ts';
import { isUnpublished, renameOrigin } from './template-remote.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

let root: string;
beforeEach(() => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'repository-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'gitconfig'), '[user]\n  name = Ada\n  email = ada@example.com\n');
  vi.stubEnv('GIT_CONFIG_GLOBAL', join(folder, 'gitconfig'));
  root = join(folder, 'project');
  mkdirSync(join(root, 'template'), { recursive: true });
  writeFileSync(join(root, 'template/commit.txt'), '$Format:%H$\n');
});

/** Clones `root` and returns the folder of the clone, whose `origin` is `root`. */
function clone(): string {
  const copy = `${root}-copy`;
  git(root, 'clone', '--quiet', root, copy);
  return copy;
}

function commit(folder: string): string {
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'Change');
  return git(folder, 'rev-parse', 'HEAD');
}

test('an unpacked archive becomes a repository with one commit', () => {
  expect(problemWithFolder(root)).toBeUndefined();
  expect(createRepository(root)).toBe(true);
  expect(problemWithFolder(root)).toBeUndefined();
  expect(git(root, 'log', '--format=%s')).toBe('Add the template');
  expect(createRepository(root)).toBe(false);
});

test('a folder that git could not restore is rejected with the commands that help', () => {
  git(root, 'init', '--quiet');
  expect(problemWithFolder(root)).toContain('git add --all && git commit');
  expect(problemWithFolder(join(root, 'template'))).toContain(`inside the repository ${root}`);
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', 'Add');
  expect(problemWithFolder(root)).toBeUndefined();
  writeFileSync(join(root, 'notes.txt'), 'mine');
  expect(problemWithFolder(root)).toContain('uncommitted changes');
});

test('a fresh history needs a branch', () => {
  expect(problemWithBranch(root)).toBeUndefined();
  createRepository(root);
  expect(problemWithBranch(root)).toBeUndefined();
  git(root, 'switch', '--quiet', '--detach');
  expect(problemWithBranch(root)).toContain('git switch --create main');
});

test("the template's commit is the current one, or that of the archive while nothing else is committed", () => {
  createRepository(root);
  expect(templateCommit(root)).toBe(git(root, 'rev-parse', 'HEAD'));
  writeFileSync(join(root, 'template/commit.txt'), `${COMMIT}\n`);
  expect(templateCommit(root)).toBe(COMMIT);
  const head = commit(root);
  expect(templateCommit(root)).toBe(head);
});

test('an archive made by git contains the commit', () => {
  git(root, 'init', '--quiet');
  writeFileSync(join(root, 'template/.gitattributes'), 'commit.txt export-subst\n');
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', 'Add');
  expect(git(root, 'archive', '--format=tar', 'HEAD', 'template/commit.txt')).toContain(git(root, 'rev-parse', 'HEAD'));
});

test.each([
  ['https://github.test/a/b.git', 'https://github.test/a/b.git'],
  ['https://user:secret@github.test/a/b.git', 'https://github.test/a/b.git'],
  ['https://token@github.test:8443/a', 'https://github.test:8443/a'],
  ['ssh://git@github.test/a/b', 'ssh://git@github.test/a/b'],
  ['ssh://git:secret@github.test/a/b', 'ssh://git@github.test/a/b'],
  ['git@github.test:a/b.git', 'git@github.test:a/b.git'],
  ['/home/ada/template', undefined],
  ['../template', undefined],
  ['file:///home/ada/template', undefined],
  ['C:\\template', undefined],
])('the public URL of %s is %s', (url, expected) => {
  expect(publicUrl(url)).toBe(expected);
});

test('the URL of a remote is that of the first one that exists', () => {
  createRepository(root);
  const names = ['template', 'origin'];
  expect(urlOf(root, names)).toBeUndefined();
  git(root, 'remote', 'add', 'origin', 'https://ada:secret@a.test/own');
  expect(urlOf(root, names)).toBe('https://a.test/own');
  git(root, 'remote', 'add', 'template', 'https://a.test/template');
  expect(urlOf(root, names)).toBe('https://a.test/template');
});

test('after renaming origin, no push reaches the template', () => {
  createRepository(root);
  git(root, 'tag', '--annotate', 'v1.0.0', '--message', '1.0.0');
  const copy = clone();
  const [branch, before] = [git(copy, 'branch', '--show-current'), git(copy, 'rev-parse', 'HEAD')];
  git(copy, 'config', 'push.default', 'current');
  commit(copy);
  git(copy, 'tag', 'mine');

  expect(renameOrigin(copy, before)).toEqual([
    expect.stringContaining('is now called template'),
    expect.stringContaining('git remote add origin URL'),
    'removed the tags of the template (1)',
  ]);
  expect(git(copy, 'remote')).toBe('template');
  expect(git(copy, 'tag')).toBe('mine');
  expect(() => git(copy, 'push')).toThrow(/init-disabled|No configured push destination|no upstream/);
  expect(() => git(copy, 'push', 'template', branch)).toThrow('init-disabled');
  git(copy, 'fetch', '--quiet', 'template');
  expect([git(copy, 'rev-parse', `template/${branch}`), git(copy, 'tag')]).toEqual([before, 'mine']);
  expect(git(root, 'rev-parse', branch)).toBe(before);
});

test('origin stays if there is none or if the name template is taken', () => {
  createRepository(root);
  expect(renameOrigin(root, 'HEAD')).toEqual([]);
  git(root, 'remote', 'add', 'origin', 'https://a.test/own');
  git(root, 'remote', 'add', 'template', 'https://a.test/template');
  expect(renameOrigin(root, 'HEAD')).toEqual([expect.stringContaining('origin is unchanged')]);
  expect(git(root, 'remote')).toBe('origin\ntemplate');
});

test('a commit is unpublished if no remote branch contains it', () => {
  createRepository(root);
  const copy = clone();
  expect(isUnpublished(copy, git(copy, 'rev-parse', 'HEAD'))).toBe(false);
  expect(isUnpublished(copy, commit(copy))).toBe(true);
  expect(isUnpublished(copy, COMMIT)).toBe(false);
});
