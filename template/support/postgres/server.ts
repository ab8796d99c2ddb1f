import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from '../../../test/support/free-ports.ts';
import { postgresProgram } from '../../../test/support/postgres/binary.ts';
import { PASSWORD, serverFolder, serverUser } from '../../../test/support/postgres/data-folder.ts';
import { signal, untilState, withChildren } from './processes.ts';

const SQL_LIMIT_MS = 10_000;

export const ROLE = 'service';

export interface PostgresOptions {
  /** Settings in addition to those of the tests, such as `max_connections`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** The server whose hot standby this one becomes. */
  readonly standbyOf?: PostgresServer;
  /** Puts the data on a file system of this size, in MiB. Requires the right to mount. */
  readonly diskMiB?: number;
}

/** A real PostgreSQL server that is a child of this process. */
export interface PostgresServer {
  readonly port: number;
  /** Folder of its Unix socket, where the superuser `postgres` needs no password. */
  readonly socketFolder: string;
  readonly dataFolder: string;
  /** URL of the service's database, at a proxy's port if one is given. */
  url(options?: { port?: number; password?: string }): string;
  /** Runs SQL as the superuser and returns the output of psql, unaligned and without headers. */
  sql(statements: string): Promise<string>;
  /** Kills the server and all its processes with SIGKILL, and waits until they have exited. */
  kill(): Promise<void>;
  /** Starts the server on the same port with the same data, and waits until it accepts connections. */
  start(): Promise<void>;
  /** Stops every process with SIGSTOP: the kernel still accepts connections, but there is no response. */
  pause(): Promise<void>;
  resume(): void;
  /** From now on, starts the server again whenever it exits, as a supervisor does. */
  supervise(): void;
  /** Kills the server and deletes its data. */
  remove(): Promise<void>;
}

/** Creates a server with an empty database of the role `service`, or a standby. Writes are flushed to the disk, as by default. */
export async function startPostgres({
  settings = {},
  standbyOf,
  diskMiB,
}: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = serverFolder('postgres');
  const data = join(folder, 'data');
  const asServer = { ...serverUser, cwd: folder };
  if (diskMiB !== undefined) mountMemory(folder, diskMiB);
  const [port = 0] = await freePorts(1);
  if (standbyOf === undefined) {
    const options = ['--username=postgres', '--auth-host=scram-sha-256', '--auth-local=trust', '--no-locale'];
    const files = ['--encoding=UTF8', '--no-sync', '--wal-segsize=1'];
    execFileSync(postgresProgram('initdb'), [`--pgdata=${data}`, ...options, ...files], { ...asServer, stdio: 'pipe' });
  } else {
    const source = ['--host', standbyOf.socketFolder, '--port', `${standbyOf.port}`, '--username', 'postgres'];
    const options = ['--pgdata', data, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
    await promisify(execFile)(postgresProgram('pg_basebackup'), [...source, ...options], asServer);
  }

  let server: ChildProcess | undefined;
  let supervised = false;

  const psql = async (database: string, statements: string): Promise<string> => {
    const connection = ['--host', folder, '--port', `${port}`, '--username', 'postgres', '--dbname', database];
    const options = ['--no-psqlrc', '--no-align', '--tuples-only', '--quiet', '--set', 'ON_ERROR_STOP=1'];
    const args = [...connection, ...options, '--command', statements];
    for (const limit = performance.now() + SQL_LIMIT_MS; ; await delay(20)) {
      try {
        return (await promisify(execFile)(postgresProgram('psql'), args)).stdout.trim();
      } catch (error) {
        // Connections that the server is about to reject count too, so there may be none left for the superuser.
        if (!String(error).includes('too many clients') || performance.now() > limit) throw error;
      }
    }
  };

  async function start(): Promise<void> {
    const all = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: folder,
      max_wal_size: '32MB',
      min_wal_size: '2MB',
      ...settings,
    };
    const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const child = spawn(postgresProgram('postgres'), args, { ...asServer, stdio: ['ignore', 'ignore', 'pipe'] });
    server = child;
    child.on('exit', () => {
      if (!supervised || server !== child) return;
      void delay(200).then(() => (supervised && server === child ? start().catch(() => {}) : undefined));
    });
    let log = '';
    for await (const line of createInterface(child.stderr)) {
      log += `${line}\n`;
      // A standby accepts "read-only connections".
      if (/ready to accept .*connections/.test(line)) {
        child.stderr.resume();
        return;
      }
    }
    throw new Error(`PostgreSQL did not start:\n${log}`);
  }

  async function kill(): Promise<void> {
    const child = server;
    server = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    // Stopped first, so that it starts no other process in between.
    signal([child.pid], 'SIGSTOP');
    await untilState([child.pid], 'Tt');
    const pids = withChildren(child.pid);
    signal(pids, 'SIGKILL');
    await exit;
    await untilState(pids, 'ZX');
  }

  const killAtExit = (): void => {
    if (server?.pid !== undefined) signal(withChildren(server.pid), 'SIGKILL');
  };
  process.once('exit', killAtExit);
  async function remove(): Promise<void> {
    supervised = false;
    await kill();
    process.off('exit', killAtExit);
    if (diskMiB !== undefined) execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    await start();
    if (standbyOf === undefined) {
      await psql('postgres', `CREATE ROLE ${ROLE} LOGIN PASSWORD '${PASSWORD}'`);
      await psql('postgres', `CREATE DATABASE ${ROLE} OWNER ${ROLE}`);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    port,
    socketFolder: folder,
    dataFolder: data,
    url: ({ port: proxyPort = port, password = PASSWORD } = {}) =>
      `postgres://${ROLE}:${password}@127.0.0.1:${proxyPort}/${ROLE}`,
    sql: (statements) => psql(ROLE, statements),
    kill,
    start,
    async pause() {
      const pid = server?.pid ?? 0;
      // The main process first, so that it starts no other process in between.
      signal([pid], 'SIGSTOP');
      await untilState([pid], 'Tt');
      const pids = withChildren(pid);
      signal(pids, 'SIGSTOP');
      // A child that exited in between remains a zombie: its parent has stopped.
      await untilState(pids, 'TtZ');
    },
    resume: () => signal(withChildren(server?.pid ?? 0).toReversed(), 'SIGCONT'),
    supervise() {
      supervised = true;
    },
    remove,
  };
}

function mountMemory(folder: string, size: number): void {
  const owner = serverUser === undefined ? '' : `,uid=${serverUser.uid},gid=${serverUser.gid}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=0700${owner}`, 'tmpfs', folder]);
}
