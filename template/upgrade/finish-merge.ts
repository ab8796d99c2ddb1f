import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, git, tryGit } from '../../scripts/upgrade/run.ts';
import { hasConflict, keepOurs, mergeLines } from './conflict.ts';
import { mergeJson } from './merge-json.ts';

export interface Finished {
  /** Files to resolve by hand, with what happened to them. Empty: the merge is committed. */
  readonly conflicts: readonly string[];
  /** Files that the template changed but the service had deleted. They stay deleted. */
  readonly stillDeleted: readonly string[];
  /** Commands that failed. They have to be run again after the conflicts are resolved. */
  readonly failed: readonly string[];
}

const LOCK = 'package-lock.json';
const UPDATE_LOCK = 'npm install --package-lock-only';

/** What `npm run docs` writes, except for the chart's schema, which is merged by key. */
const GENERATED = /^(?:docs\/configuration\.md|charts\/[^/]+\/(?:README\.md|files\/.*))$/;
const GENERATED_BELOW = '<!-- The rest is generated';
/** Lists of what the service consists of. */
const LISTS = /^internal\/(?:app\/(?:domains|integrations)|config\/schema)\.ts$/;

/** Resolves the conflicts of a merge in progress that need nobody's decision. Commits it if none is left. */
export function finishMerge(root: string): Finished {
  const stillDeleted = [...unmerged(root)].flatMap(([path, stages]) => (stages === '13' ? [path] : []));
  for (const path of stillDeleted) git(root, 'rm', '--quiet', '--force', '--', path);
  for (const [path, stages] of unmerged(root)) {
    if (stages === '123' && path.endsWith('.json') && path !== LOCK) mergeByKey(root, path);
    if (stages === '123' && path.endsWith('.ts')) mergeByLine(root, path);
  }
  const failed = [...updateLock(root), ...generate(root)];
  stage(root);
  const conflicts = [...unmerged(root)].map(([path, stages]) => `${path} (${CONFLICTS[stages] ?? 'renamed or moved'})`);
  if (conflicts.length === 0) {
    if (attempt(root, ['npm', 'run', '--silent', 'format']).code !== 0) failed.push('npm run format');
    stage(root);
    git(root, 'commit', '--quiet', '--no-verify', '--no-edit');
  }
  return { conflicts, stillDeleted, failed };
}

/** By the versions of a file that git has: 1 the base, 2 ours, 3 theirs. */
const CONFLICTS: Readonly<Record<string, string>> = {
  '123': 'changed in both',
  '23': 'added in both',
  '12': 'changed here, removed from the template',
};

/** Returns the files with conflicts, each with the numbers of the versions that git has. */
function unmerged(root: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const line of git(root, 'ls-files', '--unmerged', '-z').split('\0').filter(Boolean)) {
    const [, stage = '', path = ''] = /(\d)\t(.*)$/s.exec(line) ?? [];
    files.set(path, `${files.get(path) ?? ''}${stage}`);
  }
  return files;
}

function mergeByKey(root: string, path: string): void {
  const [base = '', ours = '', theirs = ''] = [1, 2, 3].map((stage) => git(root, 'show', `:${stage}:${path}`));
  try {
    writeFileSync(join(root, path), mergeJson(base, ours, theirs));
  } catch {
    // Both sides changed a value: git's markers stay.
    return;
  }
  git(root, 'add', '--', path);
}

function mergeByLine(root: string, path: string): void {
  git(root, 'checkout', '--quiet', '--conflict=diff3', '--', path);
  const merged = mergeLines(readFileSync(join(root, path), 'utf8'), LISTS.test(path));
  if (hasConflict(merged)) {
    // In the user's style again.
    git(root, 'checkout', '--quiet', '--merge', '--', path);
  } else {
    writeFileSync(join(root, path), merged);
    git(root, 'add', '--', path);
  }
}

/** Lets npm merge the lock, which it does by package, and complete it. Needs a package.json without conflicts. */
function updateLock(root: string): string[] {
  const changed = tryGit(root, 'diff', '--quiet', 'HEAD', '--', 'package.json', LOCK) === undefined;
  if (!changed) return [];
  const npm = [...UPDATE_LOCK.split(' '), '--ignore-scripts', '--no-audit', '--prefer-offline'];
  if (unmerged(root).has('package.json') || attempt(root, ['npm', ...npm.slice(1)]).code !== 0) return [UPDATE_LOCK];
  git(root, 'add', '--', LOCK);
  return [];
}

/** Resolves conflicts in generated text with what is here, and then generates it again. */
function generate(root: string): string[] {
  for (const path of unmerged(root).keys()) {
    if (!GENERATED.test(path) || !existsSync(join(root, path))) continue;
    const text = readFileSync(join(root, path), 'utf8');
    const written = text.slice(0, Math.max(text.indexOf(GENERATED_BELOW), 0));
    if (hasConflict(written)) continue;
    writeFileSync(join(root, path), keepOurs(text));
    git(root, 'add', '--', path);
  }
  return attempt(root, ['npm', 'run', '--silent', 'docs']).code === 0 ? [] : ['npm run docs'];
}

/** Stages everything that has no conflict, so that `git merge --abort` undoes it. */
function stage(root: string): void {
  const changed = git(root, 'ls-files', '-z', '--modified', '--others', '--exclude-standard', '--deduplicate');
  const conflicts = unmerged(root);
  const paths = changed.split('\0').filter((path) => path !== '' && !conflicts.has(path));
  if (paths.length > 0) git(root, 'add', '--all', '--', ...paths);
}
