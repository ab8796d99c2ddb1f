import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { attempt, git, run, tryGit, UpgradeError } from './run.ts';

export interface StoreOptions {
  /** The service. Nothing is written to its repository. */
  readonly root: string;
  /** A temporary folder. */
  readonly temporary: string;
  /** Remotes, addresses, folders and archives. The last one is upgraded to. */
  readonly from: readonly string[];
}

export interface Store {
  /** A bare repository with versions of the template. A version from an archive is `refs/template/<its commit>`. */
  readonly folder: string;
  /** Returns the commit of a tag, branch or commit, or else of the newest release or of the default branch. */
  target(to: string | undefined): string;
}

/** Creates a temporary repository with the versions of the template. @throws UpgradeError if a source is unreachable. */
export function createStore({ root, temporary, from }: StoreOptions): Store {
  const folder = join(temporary, 'store');
  git(temporary, 'init', '--quiet', '--bare', folder);
  if (isComplete(root)) {
    // A service that kept the template's history has its commits already.
    const objects = resolve(root, git(root, 'rev-parse', '--git-path', 'objects'));
    writeFileSync(join(folder, 'objects/info/alternates'), `${objects}\n`);
  }
  let archived: string | undefined;
  for (const source of from) {
    const address = addressOf(root, source);
    archived = isFile(address) ? importArchive(address, folder, temporary) : undefined;
    if (archived === undefined) fetch(folder, address);
  }

  function target(to: string | undefined): string {
    if (archived !== undefined) return archived;
    const release = git(folder, 'tag', '--list', '--sort=-version:refname', 'v*')
      .split('\n')
      .find((tag) => /^v\d+\.\d+\.\d+$/.test(tag));
    const newest = release === undefined ? 'refs/template/HEAD' : `refs/tags/${release}`;
    const refs = to === undefined ? [newest] : [`refs/tags/${to}`, `refs/heads/${to}`, to];
    for (const ref of refs) {
      const commit = tryGit(folder, 'rev-parse', '--quiet', '--verify', '--end-of-options', `${ref}^{commit}`);
      if (commit !== undefined) return commit;
    }
    if (to !== undefined) throw new UpgradeError(`the template has no tag, branch or commit ${to}`);
    throw new UpgradeError(
      'the address of the template is unknown: run `git remote add template ADDRESS`, or use --from',
    );
  }
  return { folder, target };
}

/** Reports whether a repository has its whole history. */
export function isComplete(root: string): boolean {
  return git(root, 'rev-parse', '--is-shallow-repository') === 'false';
}

function fetch(folder: string, address: string): void {
  const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*', '+HEAD:refs/template/HEAD'];
  const { code, stderr } = attempt(folder, ['git', 'fetch', '--quiet', '--no-tags', '--', address, ...refs]);
  if (code !== 0) throw new UpgradeError(`cannot fetch the template from ${address}: ${stderr.trim()}`);
}

/** Commits the files of a tar archive to the store, and returns the id of the template's commit that it was made from. */
function importArchive(file: string, folder: string, temporary: string): string {
  const content = readFileSync(file);
  const tar = content.subarray(0, 2).toString('hex') === '1f8b' ? gunzipSync(content) : content;
  // The id is in the first two blocks; git closes the pipe after them.
  const id = attempt(folder, ['git', 'get-tar-commit-id'], tar.subarray(0, 1024)).stdout.toString().trim();
  if (id === '') {
    throw new UpgradeError(
      `${file} does not name its commit: use a tar archive made by git, GitHub or GitLab, or a clone`,
    );
  }
  const files = join(temporary, id);
  mkdirSync(files);
  run(files, ['tar', '-xf', '-'], tar);
  const [only = '', ...more] = readdirSync(files);
  const inTree = ['-c', 'core.bare=false', '--git-dir=.', `--work-tree=${more.length > 0 ? files : join(files, only)}`];
  git(folder, ...inTree, 'read-tree', '--empty');
  git(folder, ...inTree, 'add', '--all', '--force');
  const identity = ['-c', 'user.name=template', '-c', 'user.email=template@localhost'];
  const commit = git(folder, ...identity, 'commit-tree', git(folder, 'write-tree'), '-m', `Template ${id}`);
  git(folder, 'update-ref', `refs/template/${id}`, commit);
  return id;
}

function addressOf(root: string, source: string): string {
  const address = tryGit(root, 'remote', 'get-url', source) ?? source;
  const path = resolve(root, address);
  return statSync(path, { throwIfNoEntry: false }) === undefined ? address : path;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
