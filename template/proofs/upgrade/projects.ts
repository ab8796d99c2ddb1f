import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clone, listed, openClone } from '../init/clone.ts';

const ROOT = join(import.meta.dirname, '../../..');

export interface Options {
  readonly name: string;
  readonly without: readonly string[];
  readonly ci: 'github' | 'gitlab' | 'both';
  /** The commit of the template that the service is made from. */
  readonly made: string;
}

/** Returns a past commit of this repository, or else the name of the current one: a shallow clone has no past commits. */
export function past(commit: string): string {
  return isShallow() || !hasCommit(commit) ? 'main' : commit;
}

function isShallow(): boolean {
  return execFileSync('git', ['rev-parse', '--is-shallow-repository'], { cwd: ROOT, encoding: 'utf8' }) === 'true\n';
}

function hasCommit(commit: string): boolean {
  return spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: ROOT }).status === 0;
}

/** Returns a repository of the template with its history and with the current files of this checkout as the last commit. */
export async function createTemplate(): Promise<Clone> {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  const template = openClone(join(folder, 'template'));
  // Nothing can be fetched from a shallow clone.
  const source = isShallow() ? ['init'] : ['clone', '--shared', ROOT];
  await openClone(folder).succeed('git', ...source, '--quiet', template.root);
  await configure(template);
  await template.succeed('git', 'switch', '--quiet', '--force-create', 'main');
  for (const entry of readdirSync(template.root)) {
    if (!['.git', 'node_modules'].includes(entry)) rmSync(join(template.root, entry), { recursive: true });
  }
  for (const path of listed()) cpSync(join(ROOT, path), join(template.root, path));
  await commitAll(template, 'Change the template');
  return template;
}

/** Removes the repository of the template, and the services that were made from it. */
export function removeAll(template: Clone): void {
  rmSync(join(template.root, '..'), { recursive: true, force: true });
}

/** Makes a service with the code of a past commit. Its remote `template` is the repository of the template. */
export async function createService(template: Clone, { name, without, ci, made }: Options): Promise<Clone> {
  const service = openClone(join(template.root, '..', name));
  await template.succeed('git', 'clone', '--quiet', '--origin', 'template', '--no-tags', template.root, service.root);
  await configure(service);
  await service.succeed('git', 'switch', '--quiet', '--force-create', 'main', made);
  await service.succeed('git', 'branch', '--quiet', '--unset-upstream');
  const options = ['--owner', 'Team Checkout', '--registry', 'registry.test/checkout', '--ci', ci];
  const removed = without.length === 0 ? [] : ['--without', without.join()];
  const quick = read(service, 'template/init/command-line.ts').includes("'no-check'") ? ['--no-check'] : [];
  await service.succeed('npm', 'run', '--silent', 'init', '--', name, ...options, ...removed, ...quick);
  return service;
}

/** Runs the upgrade program of the template in a service that was made before it existed. */
export function upgradeWith(template: Clone, service: Clone, ...args: string[]) {
  return service.run('node', join(template.root, 'scripts/upgrade/main.ts'), ...args);
}

export function upgrade(service: Clone, ...args: string[]) {
  return service.run('npm', 'run', '--silent', 'upgrade', '--', ...args);
}

/** Replaces a text of a file, which must be there. */
export function edit({ root }: Clone, path: string, from: string | RegExp, to: string): void {
  const text = read({ root }, path);
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${path}: ${from} is not there`);
  writeFileSync(join(root, path), changed);
}

export function read({ root }: Pick<Clone, 'root'>, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Commits everything, if there is anything. */
export async function commitAll(clone: Clone, message: string): Promise<void> {
  await clone.succeed('git', 'add', '--all');
  await clone.succeed('git', 'commit', '--quiet', '--allow-empty', '--message', message);
}

/** Returns the commit that is checked out and the state of the files. */
export async function stateOf(clone: Clone): Promise<string> {
  return (await clone.succeed('git', 'rev-parse', 'HEAD')) + (await clone.succeed('git', 'status', '--porcelain'));
}

async function configure({ root, succeed }: Clone): Promise<void> {
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  // In a worktree, this file is elsewhere. node_modules is a link here, and the pattern in .gitignore only matches folders.
  writeFileSync(join(root, '.git/info/exclude'), 'node_modules\n');
  await succeed('git', 'config', 'user.name', 'Ada');
  await succeed('git', 'config', 'user.email', 'ada@example.com');
}
