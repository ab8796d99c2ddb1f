import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Changes } from './tree.ts';

export interface ApplyOptions {
  readonly root: string;
  readonly changes: Changes;
  /** To be taken out of package.json and the lock. */
  readonly packages: readonly string[];
  /** Of the commit. */
  readonly message: string;
}

/** Why the project is not fit to be changed, or undefined when it is: whatever goes wrong must be undone by git alone. */
export function problemWithCheckout(root: string): string | undefined {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (git('rev-parse', '--verify', 'HEAD').status !== 0) return 'this is no git repository with a commit';
  if (git('status', '--porcelain').stdout !== '')
    return 'there are changes that are not committed: `git status` shows them';
  if (git('var', 'GIT_COMMITTER_IDENT').status !== 0)
    return 'git does not know who commits: set user.name and user.email';
  return undefined;
}

/** Changes the project and commits. When anything fails, everything is as it was, and the error is thrown on. */
export function apply({ root, changes, packages, message }: ApplyOptions): void {
  try {
    writeChanges(root, changes);
    // With what is installed and what is in the lock: no network.
    run(root, 'npm', 'uninstall', ...packages, '--package-lock-only', '--offline', '--no-audit', '--loglevel=error');
    run(root, 'npx', '--no-install', 'biome', 'check', '--write', '--log-level=error', '.');
    run(root, 'npm', 'run', '--silent', 'docs');
    run(root, 'git', 'add', '--all');
    // A hook would check what the tests of this tool have checked, and take longer than all the rest.
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
    // It holds something, or is gone already.
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

/** Nothing was there but what git has: the checkout was clean. Ignored files are left alone. */
function undo(root: string): void {
  execFileSync('git', ['reset', '--quiet', '--hard', 'HEAD'], { cwd: root });
  execFileSync('git', ['clean', '--quiet', '-d', '--force'], { cwd: root });
}
