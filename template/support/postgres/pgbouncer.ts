import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts } from '../../../test/support/free-ports.ts';
import { onPath } from '../../../test/support/on-path.ts';
import { PASSWORD, serverFolder, serverUser } from '../../../test/support/postgres/data-folder.ts';
import { type PostgresServer, ROLE } from './server.ts';

/** The path of PgBouncer. Debian installs it into a folder that is on the PATH of root only. */
export const pgBouncer = onPath('pgbouncer') ?? globSync('/usr/sbin/pgbouncer')[0];

/** A real PgBouncer in transaction mode that is a child of this process. */
export interface PgBouncer {
  readonly port: number;
  /** Kills it with SIGKILL and waits until it has exited. */
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

export interface PgBouncerOptions {
  /** Connections to the server, which all clients share. */
  readonly poolSize: number;
}

export async function startPgBouncer(server: PostgresServer, { poolSize }: PgBouncerOptions): Promise<PgBouncer> {
  if (pgBouncer === undefined) throw new Error('PgBouncer is not installed: template/ci/install-pgbouncer.sh');
  const binary = pgBouncer;
  const folder = serverFolder('pgbouncer');
  const [port = 0] = await freePorts(1);
  writeFileSync(join(folder, 'users.txt'), `"${ROLE}" "${PASSWORD}"\n`);
  writeFileSync(join(folder, 'pgbouncer.ini'), configuration(folder, port, server, poolSize));
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = spawn(binary, [join(folder, 'pgbouncer.ini')], {
      ...serverUser,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    let log = '';
    for await (const line of createInterface(started.stderr)) {
      log += `${line}\n`;
      if (line.includes('process up')) {
        started.stderr.resume();
        return;
      }
    }
    throw new Error(`PgBouncer did not start:\n${log}`);
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  const killAtExit = () => child?.kill('SIGKILL');
  process.once('exit', killAtExit);
  await start();
  return {
    port,
    kill,
    start,
    async remove() {
      await kill();
      process.off('exit', killAtExit);
      rmSync(folder, { recursive: true });
    },
  };
}

function configuration(folder: string, port: number, server: PostgresServer, poolSize: number): string {
  return `
[databases]
${ROLE} = host=127.0.0.1 port=${server.port} dbname=${ROLE}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir = ${folder}
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 200
server_login_retry = 1
`;
}
