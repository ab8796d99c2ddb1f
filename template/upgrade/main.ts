/**
 * Upgrades a service to this version of the template. Called by scripts/upgrade/main.ts of the service, which may be older:
 * see template/decisions/0073-upgrades-merge-plans.md before you change the arguments.
 */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git, tryGit, UpgradeError } from '../../scripts/upgrade/run.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { finishMerge } from './finish-merge.ts';
import { newItems } from './notes.ts';
import { RECORD, type Record, readRecord, withFeatures } from './record.ts';
import { printReport } from './report.ts';
import { makeSide } from './side.ts';
import { startMerge } from './start-merge.ts';

/** Returns the exit code: 1 if there are conflicts. */
function upgrade(options: Arguments): number {
  const { root, temporary, changes, dryRun } = options;
  const record = readRecord(root);
  const problem = problemWithCheckout(root);
  if (problem !== undefined) throw new UpgradeError(problem);
  const store = join(temporary, 'store');
  const [from, to] = [versionOf(store, record.template.commit), versionOf(store, options.target)];
  const next = {
    ...withFeatures(record, changes),
    template: { ...record.template, version: to.version, commit: to.id },
  };
  const versions = `${from.version} (${from.id.slice(0, 10)}) to ${to.version} (${to.id.slice(0, 10)})`;
  const hasOtherFeatures = JSON.stringify([next.without, next.ci]) !== JSON.stringify([record.without, record.ci]);
  if (from.id === to.id && !hasOtherFeatures) {
    console.log(`Nothing to do: the service is up to date with the template, ${to.version} (${to.id.slice(0, 10)}).`);
    return 0;
  }
  if (from.id !== to.id && isOlder(store, to, from)) {
    if (options.isNamed) throw new UpgradeError(`the template is older than the service: ${versions}`);
    console.log(`Nothing to do: the service is newer than the template's newest release: ${versions}.`);
    return 0;
  }

  const side = (folder: string, version: string, of: Record, recordText: string) =>
    makeSide({ root, folder: join(temporary, folder), store, version, record: of, recordText });
  const theirs = side('theirs', to.commit, next, `${JSON.stringify(next, null, 2)}\n`);
  const unknown = (changes.without ?? []).filter((name) => theirs.features?.includes(name) === false);
  if (unknown.length > 0) {
    throw new UpgradeError(`--without: ${unknown.join()} is unknown; use ${theirs.features?.join(', ')}`);
  }
  const base = side('base', from.commit, record, readFileSync(join(root, RECORD), 'utf8'));

  const message = `Upgrade the template to ${to.version} (${to.id.slice(0, 10)})`;
  const branch = ['upgrade', to.version, to.id.slice(0, 10), ...labels(options)].join('-');
  const repository = dryRun ? createPreview(root, join(temporary, 'preview')) : root;
  const before = git(repository, 'rev-parse', 'HEAD');
  startMerge({ root: repository, base, theirs, branch, message });
  const finished = finishMerge(repository);
  const text = (commit: string, path: string) => tryGit(store, 'show', `${commit}:${path}`) ?? '';
  const news = (path: string, isShown?: (heading: string) => boolean) =>
    newItems(text(from.commit, path), text(to.commit, path), isShown);
  printReport({
    ...finished,
    versions,
    branch,
    dryRun,
    changes: git(repository, 'diff', '--name-status', before),
    changelog: news('CHANGELOG.md'),
    byHand: news('template/UPGRADING.md', (heading) => !next.without.includes(heading)),
    newFeatures: (theirs.features ?? []).filter((name) => base.features?.includes(name) === false),
  });
  return finished.conflicts.length > 0 ? 1 : 0;
}

/** Returns why git alone could not undo a merge, or undefined if it could. */
function problemWithCheckout(root: string): string | undefined {
  if (tryGit(root, 'rev-parse', '--verify', 'HEAD') === undefined) return 'this is not a git repository with a commit';
  if (git(root, 'status', '--porcelain') !== '') return 'there are uncommitted changes; see `git status`';
  const hasIdentity = tryGit(root, 'var', 'GIT_COMMITTER_IDENT') !== undefined;
  return hasIdentity ? undefined : 'git has no identity to commit with; set user.name and user.email';
}

interface Version {
  /** The template's commit. */
  readonly id: string;
  /** The commit of the store with its files, which is another one if they are from an archive. */
  readonly commit: string;
  /** The version in package.json. */
  readonly version: string;
}

/** @throws UpgradeError if the store does not have the commit. */
function versionOf(store: string, id: string): Version {
  const refs = [`refs/template/${id}`, id];
  const found = refs.map((ref) => tryGit(store, 'rev-parse', '--quiet', '--verify', `${ref}^{commit}`));
  const commit = found.find((name) => name !== undefined);
  if (commit === undefined) {
    throw new UpgradeError(
      `the template has no commit ${id}, which ${RECORD} names. If another clone or an archive has it, ` +
        'use --from twice: first that one, then the template. In a shallow clone, run `git fetch --unshallow`.',
    );
  }
  return { id, commit, version: JSON.parse(git(store, 'show', `${commit}:package.json`)).version };
}

function isOlder(store: string, to: Version, from: Version): boolean {
  if (tryGit(store, 'merge-base', '--is-ancestor', from.commit, to.commit) !== undefined) return false;
  if (tryGit(store, 'merge-base', '--is-ancestor', to.commit, from.commit) !== undefined) return true;
  // Versions from archives have no history.
  return to.version.localeCompare(from.version, 'en', { numeric: true }) < 0;
}

function labels({ changes }: Arguments): string[] {
  const { with: added = [], without = [], ci } = changes;
  const label = (word: string, names: readonly string[]) => (names.length === 0 ? [] : [word, ...names]);
  return [...label('with', added), ...label('without', without), ...(ci === undefined ? [] : ['ci', ci])];
}

/** Clones the service to merge in the clone. */
function createPreview(root: string, folder: string): string {
  git(root, 'clone', '--quiet', '--shared', root, folder);
  writeFileSync(join(folder, '.git/info/exclude'), 'node_modules\n');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const key of ['user.name', 'user.email']) git(folder, 'config', key, 'template@localhost');
  return folder;
}

try {
  process.exitCode = upgrade(readArguments(process.argv.slice(2)));
} catch (error) {
  const isRejected = error instanceof UpgradeError;
  if (isRejected) console.error(`nothing was changed: ${error.message}`);
  else console.error(error, '\nIf a merge is in progress, `git merge --abort` undoes it.');
  process.exitCode = isRejected ? 64 : 1;
}
