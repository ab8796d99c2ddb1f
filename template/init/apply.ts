import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Changes } from './tree.ts';

export interface ApplyOptions {
  readonly root: string;
  readonly changes: Changes;
  /** Removed from package.json and the lock. */
  readonly packages: readonly string[];
  /** The commit's message. */
  readonly message: string;
}

/** Returns why git alone could not undo changes to the checkout, or undefined if it could. */
export function problemWithCheckout(root: string): string | undefined {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (git('rev-parse', '--verify', 'HEAD').status !== 0) return 'this is not a git repository with a commit';
  if (git('status', '--porcelain').stdout !== '') return 'there are uncommitted changes; see `git status`';
  if (git('var', 'GIT_COMMITTER_IDENT').status !== 0)
    return 'git has no identity to commit with; set user.name and user.email';
  return undefined;
}

/** Returns the commit that is checked out. */
export function headOf(root: string): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
}

/** Writes the changes and commits them. If anything fails, restores the checkout and rethrows the error. */
export function apply({ root, changes, packages, message }: ApplyOptions): void {
  try {
    writeChanges(root, changes);
    // Only edits package.json and the lock, without network access.
    run(root, 'npm', 'uninstall', ...packages, '--package-lock-only', '--offline', '--no-audit', '--loglevel=error');
    run(root, 'npx', '--no-install', 'biome', 'check', '--write', '--log-level=error', '.');
    run(root, 'npm', 'run', '--silent', 'docs');
    run(root, 'git', 'add', '--all');
    // Skips the hook: it would repeat what the tests of init check, and take longer than everything else.
    run(root, 'git', 'commit', '--quiet', '--no-verify', '--message', message);
  } catch (error) {
    undo(root);
    throw error;
  }
}

function writeChanges(root: string, { deleted, moved, written }: Changes): void {
  for (const path of deleted) rmSync(join(root, path));
  for (const { from, to } of moved) {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    renameSync(join(root, from), join(root, to));
  }
  for (const { path, text } of written) writeFileSync(join(root, path), text);
  for (const path of [...deleted, ...moved.map(({ from }) => from)]) removeEmptyFolders(root, dirname(path));
}

function removeEmptyFolders(root: string, folder: string): void {
  if (folder === '.') return;
  try {
    rmdirSync(join(root, folder));
  } catch {
    // The folder is not empty, or already removed.
    return;
  }
  removeEmptyFolders(root, dirname(folder));
}

function run(cwd: string, command: string, ...args: string[]): void {
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    const output = typeof cause === 'object' && cause !== null && 'stderr' in cause ? `${cause.stderr}` : '';
    throw new Error(`\`${[command, ...args].join(' ')}\` failed: ${output}`, { cause });
  }
}

/** Restores the checkout, which was clean before. Leaves ignored files alone. */
function undo(root: string): void {
  execFileSync('git', ['reset', '--quiet', '--hard', 'HEAD'], { cwd: root });
  execFileSync('git', ['clean', '--quiet', '-d', '--force'], { cwd: root });
}
