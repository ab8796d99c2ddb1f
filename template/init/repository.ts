import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** `git archive` writes the commit into this file, and so do the archives that forges offer. */
const ARCHIVED_COMMIT = 'template/commit.txt';

/** Makes a folder a repository of its own that init accepts. */
const COMMANDS = 'git init\n  git add --all && git commit --message "Add the template"';

/** Runs git and returns its output. */
export function git(root: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Returns why git alone could not undo changes to the folder, or undefined if it could or if there is no repository yet. */
export function problemWithFolder(root: string): string | undefined {
  const run = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  const top = run('rev-parse', '--show-toplevel');
  if (top.error !== undefined) return 'git is not installed';
  if (run('var', 'GIT_COMMITTER_IDENT').status !== 0) {
    return 'git has no identity to commit with; set user.name and user.email with `git config --global`';
  }
  if (top.status !== 0) return existsSync(join(root, '.git')) ? `git: ${top.stderr.trim()}` : undefined;
  const folder = top.stdout.trim();
  if (realpathSync(folder) !== realpathSync(root)) {
    return `this folder is inside the repository ${folder}; give it one of its own first:\n  ${COMMANDS}`;
  }
  if (run('rev-parse', '--verify', 'HEAD').status !== 0) {
    return `this repository has no commit to return to; create one first:\n  ${COMMANDS}`;
  }
  return run('status', '--porcelain').stdout === '' ? undefined : 'there are uncommitted changes; see `git status`';
}

/** Returns why a commit without history cannot become the current branch, or undefined if it can. */
export function problemWithBranch(root: string): string | undefined {
  const isDetached =
    existsSync(join(root, '.git')) && spawnSync('git', ['symbolic-ref', '--quiet', 'HEAD'], { cwd: root }).status !== 0;
  return isDetached ? '--fresh-history needs a branch: run `git switch --create main` first' : undefined;
}

/** Creates a repository with one commit in an unpacked archive. Returns whether it did: there may be one already. */
export function createRepository(root: string): boolean {
  if (existsSync(join(root, '.git'))) return false;
  try {
    git(root, 'init', '--quiet', '--initial-branch=main');
    git(root, 'add', '--all');
    git(root, 'commit', '--quiet', '--no-verify', '--message', 'Add the template');
  } catch (error) {
    removeRepository(root);
    throw error;
  }
  return true;
}

export function removeRepository(root: string): void {
  rmSync(join(root, '.git'), { recursive: true, force: true });
}

/** Returns the template's commit: of the archive, if the repository has no other history, and otherwise the current one. */
export function templateCommit(root: string): string {
  const archived = readFileSync(join(root, ARCHIVED_COMMIT), 'utf8').trim();
  const isImported = git(root, 'rev-list', '--count', 'HEAD') === '1' && /^[0-9a-f]{40,64}$/.test(archived);
  return isImported ? archived : git(root, 'rev-parse', 'HEAD');
}

/** Reports whether the commit is in this repository. That of an archive is not. */
export function hasCommit(root: string, commit: string): boolean {
  return spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).status === 0;
}

/** Returns the public URL of the first of these remotes that exists. */
export function urlOf(root: string, names: readonly string[]): string | undefined {
  const remotes = git(root, 'remote').split('\n');
  const remote = names.find((name) => remotes.includes(name));
  return remote === undefined ? undefined : publicUrl(git(root, 'remote', 'get-url', remote));
}

/** Returns the URL without a password, or undefined for a path on this machine. */
export function publicUrl(url: string): string | undefined {
  if (/^[\w.-]+@[\w.-]+:(?!\/\/)/.test(url)) return url;
  if (!/^(?:https?|ssh|git):\/\//.test(url)) return undefined;
  return url.replace(/^(https?:\/\/)[^/@]*@/, '$1').replace(/^(ssh:\/\/[^/@:]*):[^/@]*@/, '$1@');
}
