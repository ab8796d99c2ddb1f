import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { postgresProgram } from '../../../test/support/postgres/binary.ts';
import { type PostgresServer, ROLE } from '../../support/postgres/server.ts';

/**
 * Takes every connection that the server has for roles without special rights. Returns a function that gives them back.
 * The service's own are closed first, as if it had just been restarted.
 */
export async function occupyConnections(server: PostgresServer): Promise<() => Promise<void>> {
  const setting = async (name: string) => Number(await server.sql(`SELECT current_setting('${name}')`));
  const available = (await setting('max_connections')) - (await setting('superuser_reserved_connections'));
  await server.sql('CREATE ROLE occupant LOGIN').catch(() => {}); // It exists after the first round.
  await server.sql(`ALTER ROLE ${ROLE} CONNECTION LIMIT 0`);
  await server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${ROLE}'`);
  const occupants: ChildProcess[] = [];
  while (occupants.length < available) {
    const occupant = occupy(server);
    if (await isConnected(occupant)) occupants.push(occupant);
    // The server counts connections that it has not rejected yet.
    else await delay(20);
  }
  await server.sql(`ALTER ROLE ${ROLE} CONNECTION LIMIT -1`);
  return async () => {
    const exits = occupants.map((child) => once(child, 'exit'));
    for (const child of occupants) child.stdin?.end();
    await Promise.all(exits);
  };
}

/** Opens a connection that lasts until the standard input of the process ends, unless the server rejects it. */
function occupy({ socketFolder, port }: PostgresServer): ChildProcess {
  const args = ['--host', socketFolder, '--port', `${port}`, '--username', 'occupant', '--dbname', ROLE, '--no-psqlrc'];
  return spawn(postgresProgram('psql'), args, { stdio: ['pipe', 'pipe', 'ignore'] });
}

async function isConnected({ stdin, stdout }: ChildProcess): Promise<boolean> {
  stdin?.on('error', () => {}); // It has been rejected.
  stdin?.write('SELECT 1;\n');
  for await (const _ of stdout ?? []) return true;
  return false;
}
