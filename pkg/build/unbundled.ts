import { cpSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface LockedDependencies {
  version?: string;
  dependencies?: Record<string, string>;
}

export interface CopyOptions {
  root: string;
  outDir: string;
  /** The entries of the lock file, by folder. */
  lock: Readonly<Record<string, LockedDependencies>>;
}

/**
 * Copies installed packages and their dependencies to the build, for programs that load them by `require`.
 *
 * @returns the copied folders, relative to the root.
 * @throws Error when a package is not installed.
 */
export function copyUnbundled(names: readonly string[], { root, outDir, lock }: CopyOptions): Set<string> {
  const folders = new Set<string>();
  const visit = (name: string, from: string): void => {
    const folder = folderOf(name, from, lock);
    if (folders.has(folder)) return;
    folders.add(folder);
    for (const dependency of Object.keys(lock[folder]?.dependencies ?? {})) visit(dependency, folder);
  };
  for (const name of names) visit(name, '');
  for (const folder of folders) {
    // Nested packages are copied separately, if they are needed.
    const filter = (source: string) => !source.slice(join(root, folder).length).includes('node_modules');
    cpSync(join(root, folder), join(outDir, folder), { recursive: true, filter });
  }
  return folders;
}

/** Finds a dependency as Node does: in the package's own node_modules, then in those of its parent folders. */
function folderOf(name: string, from: string, lock: CopyOptions['lock']): string {
  const here = posix.join(from, 'node_modules', name);
  if (lock[here] !== undefined) return here;
  if (from === '') throw new Error(`${name} is not installed`);
  const around = from.slice(0, Math.max(from.lastIndexOf('node_modules/'), 0));
  return folderOf(name, around.replace(/\/$/, ''), lock);
}
