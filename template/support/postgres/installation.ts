import { execFileSync } from 'node:child_process';
import { chownSync, globSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { onPath } from '../../../test/support/on-path.ts';

/** The folder with PostgreSQL's programs: `POSTGRES_BIN`, or else Debian's. */
export const postgresBin = process.env.POSTGRES_BIN ?? globSync('/usr/lib/postgresql/*/bin')[0];

/** The path of PgBouncer. Debian installs it into a folder that is on the PATH of root only. */
export const pgBouncer = onPath('pgbouncer') ?? globSync('/usr/sbin/pgbouncer')[0];

/** Wraps `describe` for tests that start, stop and kill their own servers. */
export function describeWithPostgres(name: string, body: () => void): void {
  if (postgresBin !== undefined) describe(name, body);
  else describe.skip(`${name} [skipped: PostgreSQL is not installed, and POSTGRES_BIN is not set]`, body);
}

/** Returns the path of one of PostgreSQL's programs. */
export function program(name: string): string {
  if (postgresBin === undefined) throw new Error('PostgreSQL is not installed: template/ci/install-postgres.sh');
  return join(postgresBin, name);
}

/** The user that runs the servers, which refuse to run as root. Debian's package creates it. */
export const serverUser = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : undefined;

function id(option: string): number {
  return Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
}

/** Creates a temporary folder that the servers may write to. */
export function serverFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (serverUser !== undefined) chownSync(folder, serverUser.uid, serverUser.gid);
  return folder;
}
