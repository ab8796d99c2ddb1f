import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresProgram } from './binary.ts';

/** The password of the user `service`, which owns every database. */
export const PASSWORD = 'hush-3f9c';

/** The user that runs PostgreSQL, which rejects root. Undefined for the user of this process. */
export const serverUser = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

/** Returns the id of the user that Debian's package creates. */
function idOf(option: '-u' | '-g'): number {
  return Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
}

/** Creates a temporary folder that PostgreSQL can write to. */
export function serverFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  if (serverUser !== undefined) chownSync(folder, serverUser.uid, serverUser.gid);
  return folder;
}

/** Writes a file that only PostgreSQL can read, and returns its path. */
export function writeFile(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  if (serverUser !== undefined) chownSync(path, serverUser.uid, serverUser.gid);
  return path;
}

/** Creates the files of a new server in `target`, by copying those that the first call on this machine created. */
export function createDataFolder(target: string): void {
  const version = execFileSync(postgresProgram('postgres'), ['--version'], { encoding: 'utf8' }).replace(/\W+/g, '-');
  const template = join(tmpdir(), `${version}${process.getuid?.() ?? 0}-template`);
  if (!existsSync(template)) createTemplate(template);
  execFileSync('cp', ['-R', template, target], serverUser);
}

function createTemplate(path: string): void {
  const folder = serverFolder('postgres-template');
  const passwordFile = writeFile(folder, 'password', PASSWORD);
  const options = ['--username=service', '--auth=scram-sha-256', '--no-locale', '--encoding=UTF8', '--no-sync'];
  const data = join(folder, 'data');
  const argv = [`--pgdata=${data}`, `--pwfile=${passwordFile}`, ...options];
  execFileSync(postgresProgram('initdb'), argv, { ...serverUser, cwd: folder, stdio: 'pipe' });
  try {
    renameSync(data, path);
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(path)) throw error;
  }
  rmSync(folder, { recursive: true });
}
