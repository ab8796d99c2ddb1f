import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from './repository.ts';
import type { Changes } from './tree.ts';

export interface WriteOptions {
  readonly root: string;
  readonly changes: Changes;
  /** Removed from package.json and the lock. */
  readonly packages: readonly string[];
}

export interface ApplyOptions extends WriteOptions {
  /** The commit's message. */
  readonly message: string;
  /** Whether `npm run check` must succeed. */
  readonly check: boolean;
  /** Whether the commit is the first of the branch, without the template's history. */
  readonly freshHistory: boolean;
}

/** Writes the changes and commits them. If anything fails, restores the checkout and rethrows the error. */
export function apply({ message, check, freshHistory, ...changes }: ApplyOptions): void {
  const { root } = changes;
  const before = git(root, 'rev-parse', 'HEAD');
  // Ctrl-C also ends the program that is running, and its failure restores the checkout.
  process.on('SIGINT', () => {});
  try {
    writeService(changes);
    if (check) checkResult(root);
    git(root, 'add', '--all');
    // The next commit has no parent.
    if (freshHistory) git(root, 'update-ref', '-d', git(root, 'symbolic-ref', 'HEAD'));
    // Skips the hook, which would only repeat the check.
    run(root, 'git', 'commit', '--quiet', '--no-verify', '--message', message);
  } catch (error) {
    undo(root, before);
    throw error;
  }
}

/** Writes the changes, formats them and generates the documents. */
export function writeService({ root, changes, packages }: WriteOptions): void {
  writeChanges(root, changes);
  // Only edits package.json and the lock, without network access.
  run(root, 'npm', 'uninstall', ...packages, '--package-lock-only', '--offline', '--no-audit', '--loglevel=error');
  run(root, 'npm', 'exec', '--no', '--', 'biome', 'check', '--write', '--log-level=error', '.');
  run(root, 'npm', 'run', '--silent', 'docs');
}

function checkResult(root: string): void {
  try {
    run(root, 'npm', 'run', '--silent', 'check');
  } catch (cause) {
    const hint = 'Report this to the maintainers of the template. To get the service anyway, as it is, add --no-check.';
    throw new Error(`${cause instanceof Error ? cause.message : cause}\n\n${hint}`, { cause });
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
  // On Windows, npm is a batch file, which only a shell can run. npm sets this variable to its own program.
  const npm = command === 'npm' ? process.env.npm_execpath : undefined;
  const [file, argv] = npm === undefined ? [command, args] : [process.execPath, [npm, ...args]];
  try {
    execFileSync(file, argv, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    throw new Error(`\`${[command, ...args].join(' ')}\` failed:\n${outputOf(cause)}`, { cause });
  }
}

/** Returns what a failed program printed. */
function outputOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stdout' in error && 'stderr' in error)) return String(error);
  return `${error.stdout}${error.stderr}`.trim();
}

/** Restores the checkout, which was clean before. Leaves ignored files alone. */
function undo(root: string, commit: string): void {
  git(root, 'reset', '--quiet', '--hard', commit);
  git(root, 'clean', '--quiet', '-d', '--force');
}
