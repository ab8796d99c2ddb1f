import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { describe } from 'vitest';
import { freePorts } from '../free-ports.ts';
import { postgresBin, postgresProgram } from './binary.ts';
import { createDataFolder, PASSWORD, serverFolder, serverUser, writeFile } from './data-folder.ts';

export interface SomePostgresOptions {
  /** Whether the server waits until its data is on disk. Default: false. */
  fsync?: boolean;
  /** Further server settings: `{ max_connections: '5' }`. */
  settings?: Readonly<Record<string, string>>;
  /** PEM certificate and key. Default: the server does not support TLS. */
  tls?: { readonly cert: string; readonly key: string };
}

/** A real PostgreSQL server that is a child of this process. */
export interface PostgresServer {
  /** The database `service`, over TCP. */
  readonly url: string;
  /** The same over a Unix socket. */
  readonly socketUrl: string;
  readonly port: number;
  readonly password: string;
  /** Process id of the server while it runs. */
  readonly pid: number | undefined;
  /** The folder of the server, with the data in `data`. */
  readonly folder: string;
  /** Creates an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Runs SQL as the superuser over a connection of its own, and returns the rows of the last statement. */
  run(sql: string, options?: { url?: string }): Promise<Record<string, unknown>[]>;
  /** Ends the server without a checkpoint, as a crash does. */
  kill(): Promise<void>;
  /** Closes all connections and stops the server. */
  shutDown(): Promise<void>;
  /** Starts the server again on the same port and with the same data, and waits until it serves. */
  restart(): Promise<void>;
  /** Sends SIGSTOP to all processes: the kernel still accepts connections, but no query gets a result. Linux only. */
  pause(): void;
  resume(): void;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
}

/** Wraps `describe` for tests that start PostgreSQL. Without it they are skipped, with the reason in their name. */
export function describeWithSomePostgres(name: string, body: () => void): void {
  if (postgresBin !== undefined) describe(name, body);
  else describe.skip(`${name} [skipped: no initdb on the PATH, and POSTGRES_BIN is not set]`, body);
}

/** Starts PostgreSQL on a free port with an empty database, `service`. */
export async function somePostgres({
  fsync = false,
  settings = {},
  tls,
}: SomePostgresOptions = {}): Promise<PostgresServer> {
  const folder = serverFolder('postgres');
  const data = join(folder, 'data');
  createDataFolder(data);
  const [port = 0] = await freePorts(1);
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: fsync ? 'on' : 'off',
    ...(tls && { ssl: 'on', ssl_cert_file: writeFile(folder, 'tls.crt', tls.cert) }),
    ...(tls && { ssl_key_file: writeFile(folder, 'tls.key', tls.key) }),
    ...settings,
  };
  const argv = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let child: ChildProcess | undefined;

  async function restart(): Promise<void> {
    const started = spawn(postgresProgram('postgres'), argv, {
      ...serverUser,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    const { stderr } = started;
    let log = '';
    for await (const line of createInterface(stderr)) {
      log += `${line}\n`;
      if (line.includes('ready to accept connections')) {
        stderr.resume();
        return;
      }
    }
    throw new Error(`PostgreSQL did not start:\n${log}`);
  }

  async function end(signal: 'SIGQUIT' | 'SIGINT'): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await exited;
  }

  function processes(): number[] {
    const pid = child?.pid ?? 0;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return [pid, ...children.map(Number)];
  }

  function signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const pid of processes()) {
      try {
        process.kill(pid, signal);
      } catch {
        // A process of a closed connection may have ended since it was listed.
      }
    }
  }

  const killAtExit = () => void child?.kill('SIGQUIT');
  process.once('exit', killAtExit);
  async function stop(): Promise<void> {
    await end('SIGQUIT');
    process.off('exit', killAtExit);
    rmSync(folder, { recursive: true, force: true });
  }

  const urlOf = (database: string) => `postgres://service:${PASSWORD}@127.0.0.1:${port}/${database}`;
  async function run(sql: string, { url = urlOf('postgres') } = {}): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    // The server may close the connection at any time: the query in progress rejects then.
    client.on('error', () => {});
    await client.connect();
    try {
      const results = await client.query(sql);
      const last = Array.isArray(results) ? results.at(-1) : results;
      return last.rows;
    } finally {
      await client.end();
    }
  }

  async function createDatabase(name: string): Promise<string> {
    await run(`CREATE DATABASE "${name}"`);
    return urlOf(name);
  }

  try {
    await restart();
    await createDatabase('service');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: urlOf('service'),
    socketUrl: `postgres://service:${PASSWORD}@localhost:${port}/service?host=${encodeURIComponent(folder)}`,
    port,
    password: PASSWORD,
    get pid() {
      return child?.pid;
    },
    folder,
    createDatabase,
    run,
    kill: () => end('SIGQUIT'),
    shutDown: () => end('SIGINT'),
    restart,
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    stop,
  };
}
