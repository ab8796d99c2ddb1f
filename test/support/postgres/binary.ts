import { globSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onPath } from '../on-path.ts';

/** The folder with PostgreSQL's server programs: `POSTGRES_BIN`, or else that of `initdb` on the PATH, or Debian's. */
export const postgresBin = process.env.POSTGRES_BIN ?? folderOnPath() ?? debianFolder();

function folderOnPath(): string | undefined {
  const initdb = onPath('initdb');
  return initdb === undefined ? undefined : dirname(realpathSync(initdb));
}

function debianFolder(): string | undefined {
  const [initdb] = globSync('/usr/lib/postgresql/*/bin/initdb').sort().reverse();
  return initdb === undefined ? undefined : dirname(initdb);
}

/** Returns the path of one of PostgreSQL's server programs. */
export function postgresProgram(name: string): string {
  if (postgresBin === undefined) throw new Error('starting a server requires PostgreSQL: set POSTGRES_BIN');
  return join(postgresBin, name);
}
