import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, git, tryGit, UpgradeError } from '../../scripts/upgrade/run.ts';
import type { Side } from './side.ts';

export interface StartOptions {
  /** The service, with a clean tree. */
  readonly root: string;
  /** The service as the template made it. */
  readonly base: Side;
  /** The service as the template makes it now. */
  readonly theirs: Side;
  /** The branch to create. */
  readonly branch: string;
  readonly message: string;
}

/**
 * Starts an ordinary merge of what changed between two sides, on a new branch.
 *
 * Neither side shares history with HEAD. So HEAD is, for the time of the merge, a commit with the same files and with the
 * base as second parent, which git then finds as the merge base.
 */
export function startMerge({ root, base, theirs, branch, message }: StartOptions): void {
  const existing = tryGit(root, 'rev-parse', '--quiet', '--verify', `refs/heads/${branch}`);
  // An upgrade that was undone leaves a branch without commits of its own.
  if (existing !== undefined && tryGit(root, 'merge-base', '--is-ancestor', existing, 'HEAD') === undefined) {
    throw new UpgradeError(`the branch ${branch} exists: merge it, or delete it and try again`);
  }
  for (const { folder } of [base, theirs]) {
    git(root, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', folder, 'refs/heads/made');
  }
  const commit = (files: string, subject: string, ...parents: string[]) =>
    git(root, 'commit-tree', `${files}^{tree}`, ...parents.flatMap((parent) => ['-p', parent]), '-m', subject);
  const head = git(root, 'rev-parse', 'HEAD');
  const from = tryGit(root, 'symbolic-ref', '--quiet', '--short', 'HEAD');
  const merged = commit(theirs.commit, message, base.commit);

  git(root, 'switch', '--quiet', '--force-create', branch, commit(head, 'Start an upgrade', head, base.commit));
  const merge = ['merge', '--quiet', '--no-commit', '--no-ff', '--no-verify-signatures', merged];
  const { stdout, stderr } = attempt(root, ['git', ...merge]);
  git(root, 'update-ref', `refs/heads/${branch}`, head);
  if (tryGit(root, 'rev-parse', '--quiet', '--verify', 'MERGE_HEAD') === undefined) {
    git(root, 'switch', '--quiet', ...(from === undefined ? ['--detach', head] : [from]));
    git(root, 'branch', '--quiet', '--delete', '--force', branch);
    throw new Error(`git merge failed: ${stderr}${stdout}`);
  }
  writeFileSync(join(root, git(root, 'rev-parse', '--git-path', 'MERGE_MSG')), `${message}\n`);
}
