import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, git, type Outcome, UpgradeError } from '../../scripts/upgrade/run.ts';
import { RECORD, type Record } from './record.ts';

/** A service as a version of the template makes it: one side of the merge. */
export interface Side {
  /** A repository whose branch `made` has the files. */
  readonly folder: string;
  /** The commit of the files, which has no parent. */
  readonly commit: string;
  /** The features of this version of the template. Undefined if the version cannot list them. */
  readonly features?: readonly string[];
}

export interface SideOptions {
  /** The service. Its installed packages are used if they have the right versions. */
  readonly root: string;
  /** Where to make the files. */
  readonly folder: string;
  /** A repository with the versions of the template. */
  readonly store: string;
  /** A commit of the store. */
  readonly version: string;
  readonly record: Record;
  /** The record as it is to be in the file. */
  readonly recordText: string;
}

/** The exit code of `init` for a mistake in its arguments, which other packages do not fix. */
const USAGE = 64;

/** Makes a service with that version's own code. @throws UpgradeError if that version cannot make it. */
export function makeSide({ root, folder, store, version, record, recordText }: SideOptions): Side {
  git(store, 'clone', '--quiet', '--shared', '--no-checkout', store, folder);
  for (const [key, value] of CONFIG) git(folder, 'config', key, value);
  writeFileSync(join(folder, '.git/info/exclude'), 'node_modules\n');
  git(folder, 'checkout', '--quiet', '--detach', version);

  let outcome = linkPackages(root, folder) ? plan(folder, record) : undefined;
  if (outcome === undefined || ![0, USAGE].includes(outcome.code)) {
    git(folder, 'reset', '--quiet', '--hard', version);
    git(folder, 'clean', '--quiet', '-ffdx');
    outcome = attempt(folder, ['npm', 'ci', '--ignore-scripts', '--no-audit', '--prefer-offline']);
    if (outcome.code === 0) outcome = plan(folder, record);
  }
  if (outcome.code !== 0) {
    throw new UpgradeError(
      `the template at ${version.slice(0, 10)} cannot make this service: ${outcome.stderr.trim()}`,
    );
  }
  writeFileSync(join(folder, RECORD), recordText);
  git(folder, 'add', '--all');
  const commit = git(folder, 'commit-tree', git(folder, 'write-tree'), '-m', `Make ${record.name}`);
  git(folder, 'update-ref', 'refs/heads/made', commit);
  const printed = outcome.stdout.toString();
  return { folder, commit, ...(printed.startsWith('{') && { features: JSON.parse(printed).features }) };
}

/** Replaces settings of the user that would change what is made. */
const CONFIG = [
  ['user.name', 'template'],
  ['user.email', 'template@localhost'],
  ['core.autocrlf', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['commit.gpgSign', 'false'],
] as const;

/** Runs the plan of the version. Versions from before `npm run upgrade` have only `init`, which commits. */
function plan(folder: string, record: Record): Outcome {
  if (existsSync(join(folder, 'template/init/replan.ts'))) {
    return attempt(folder, [process.execPath, 'template/init/replan.ts'], Buffer.from(JSON.stringify(record)));
  }
  const { name, owner, registry, without, ci } = record;
  const removed = without.length === 0 ? [] : ['--without', without.join()];
  const pipelines = ci === 'both' ? [] : ['--ci', ci];
  const options = ['--owner', owner, '--registry', registry, ...removed, ...pipelines];
  return attempt(folder, ['npm', 'run', '--silent', 'init', '--', name, ...options]);
}

/** Links the packages of the service, unless one has another version than this side needs. */
function linkPackages(root: string, folder: string): boolean {
  const packages = join(root, 'node_modules');
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const fits = Object.entries<string>({ ...dependencies, ...devDependencies }).every(([name, version]) => {
    const manifest = join(packages, name, 'package.json');
    return !existsSync(manifest) || version.endsWith(JSON.parse(readFileSync(manifest, 'utf8')).version);
  });
  if (!fits || !existsSync(packages)) return false;
  symlinkSync(packages, join(folder, 'node_modules'), 'junction');
  return true;
}
