import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts } from '../../../test/support/free-ports.ts';

const PASSWORD = 'hush-3f9c';

export interface PostgresServer {
  readonly url: string;
  readonly password: string;
  /** Starts the server again, on the same port and with the same data. */
  start(): Promise<void>;
  /** Closes all connections and stops the server. */
  stop(): Promise<void>;
  /** Stops the server and deletes its data. */
  remove(): Promise<void>;
}

/** Creates a database cluster in a temporary folder, and starts Debian's PostgreSQL on a free port. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const bin = programs();
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  const user = unprivilegedUser();
  if (user !== undefined) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = [
    '--username=service',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-locale',
    '--encoding=UTF8',
    '--no-sync',
  ];
  execFileSync(join(bin, 'initdb'), [`--pgdata=${data}`, ...options], { ...user, cwd: folder, stdio: 'pipe' });

  const [port = 0] = await freePorts(1);
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    const child = spawn(join(bin, 'postgres'), args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    server = child;
    let log = '';
    for await (const line of createInterface(child.stderr)) {
      log += `${line}\n`;
      if (line.includes('ready to accept connections')) {
        child.stderr.resume();
        return;
      }
    }
    throw new Error(`PostgreSQL did not start:\n${log}`);
  }

  async function stop(): Promise<void> {
    if (server === undefined) return;
    const exit = once(server, 'exit');
    // Fast shutdown: disconnects the clients.
    server.kill('SIGINT');
    server = undefined;
    await exit;
  }

  await start();
  return {
    url: `postgres://service:${PASSWORD}@127.0.0.1:${port}/postgres`,
    password: PASSWORD,
    start,
    stop,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function programs(): string {
  const [folder] = globSync('/usr/lib/postgresql/*/bin');
  if (folder === undefined) throw new Error('PostgreSQL is not installed: template/ci/install-postgres.sh');
  return folder;
}

/** PostgreSQL does not run as root. Debian's package creates a user for it. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
