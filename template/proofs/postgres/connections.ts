import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { program } from '../../support/postgres/installation.ts';
import { type PostgresServer, ROLE } from '../../support/postgres/server.ts';

/**
 * Takes every connection that the server has for roles without special rights. Returns a function that gives them back.
 * The service's own are closed first, as if it had just been restarted.
 */
export async function occupyConnections(server: PostgresServer): Promise<() => Promise<void>> {
  const free = Number(await server.sql("SELECT current_setting('max_connections')::int"));
  await server.sql('CREATE ROLE occupant LOGIN').catch(() => {}); // It exists after the first round.
  await server.sql(`ALTER ROLE ${ROLE} CONNECTION LIMIT 0`);
  await server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${ROLE}'`);
  const occupants = Array.from({ length: free }, () => occupy(server));
  const waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'occupant'";
  const reserved = Number(await server.sql("SELECT current_setting('superuser_reserved_connections')::int"));
  while (Number(await server.sql(waiting)) < free - reserved) await delay(20);
  await server.sql(`ALTER ROLE ${ROLE} CONNECTION LIMIT -1`);
  return async () => {
    const exits = occupants.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined));
    for (const child of occupants) child.stdin?.end();
    await Promise.all(exits);
  };
}

/** Opens a connection that lasts until the standard input of the process ends, unless the server rejects it. */
function occupy({ socketFolder, port }: PostgresServer): ChildProcess {
  const args = ['--host', socketFolder, '--port', `${port}`, '--username', 'occupant', '--dbname', ROLE, '--no-psqlrc'];
  return spawn(program('psql'), args, { stdio: ['pipe', 'ignore', 'ignore'] });
}
