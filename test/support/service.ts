import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../..');

const SERVER = 'cmd/server/main.ts';

/** Where Node keeps compiled sources, which halves the CPU time of a start. */
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/node');

/** Time limit of every wait, in milliseconds. */
const LIMIT_MS = 60_000;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

export interface Service {
  readonly child: ChildProcess;
  /** Base URLs, without a trailing slash. */
  readonly url: string;
  readonly adminUrl: string;
  /** Log lines so far, parsed. */
  readonly lines: readonly Record<string, unknown>[];
  /** Resolves with the first line that has this message, even if it was logged before the call. */
  line(message: string): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): void;
  readonly exit: Promise<Exit>;
}

export interface ServiceOptions {
  env?: NodeJS.ProcessEnv;
  args?: readonly string[];
  /** The checkout that contains the program. Default: this one. */
  root?: string;
  /** Path of the program, relative to `root`. Default: the service's entry point. */
  program?: string;
  /** A command that runs the program, such as `nice`. Default: none. */
  launcher?: readonly string[];
  /** Options for Node. Default: none. */
  nodeArgs?: readonly string[];
  /** Opens an IPC channel to the process. Default: false. */
  ipc?: boolean;
  /** Selects the log lines that are kept in `lines`. Default: all. */
  keepLine?: (line: Record<string, unknown>) => boolean;
}

/** Starts the real program. Of this process's environment it inherits only PATH. */
function spawnServer({
  env = {},
  args = [],
  root = ROOT,
  program = SERVER,
  launcher = [],
  nodeArgs = [],
  ipc = false,
}: ServiceOptions = {}) {
  const [command = '', ...rest] = [...launcher, process.execPath, ...nodeArgs, resolve(root, program), ...args];
  const child = spawn(command, rest, {
    // Tests count log lines, so none may be dropped because this process reads them slowly.
    env: {
      PATH: process.env.PATH,
      SKIFF_ENVIRONMENT: 'test',
      SKIFF_LOG_BUFFER_SIZE: '64MiB',
      ...(root === ROOT && { NODE_COMPILE_CACHE: COMPILE_CACHE }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? ['ipc' as const] : [])],
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the child has no standard output or error');
  let errors = '';
  stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exit = once(child, 'close').then(([code, signal]): Exit => ({ code, signal, stderr: errors }));
  return { child, stdout, exit };
}

/** Runs the program until it exits, for example because of an invalid configuration or `--help`. */
export async function runServer(options: ServiceOptions = {}): Promise<Exit & { stdout: string }> {
  const { child, stdout, exit } = spawnServer(options);
  let output = '';
  stdout.on('data', (chunk) => {
    output += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  return exit.then((ended) => ({ ...ended, stdout: output })).finally(() => clearTimeout(timer));
}

/** Starts the program and waits until it listens. The caller has to stop it. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const { keepLine = () => true } = options;
  const { child, stdout, exit } = spawnServer(options);
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  createInterface(stdout).on('line', (text) => {
    const line = JSON.parse(text);
    if (keepLine(line)) lines.push(line);
    for (const check of waiting) check();
  });

  function find<T>(pick: (line: Record<string, unknown>) => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(new Error(`no ${what} within ${LIMIT_MS} ms`))), LIMIT_MS);
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        settle();
      };
      const check = () => {
        const found = lines.map(pick).find((value) => value !== undefined);
        if (found !== undefined) finish(() => resolve(found));
      };
      waiting.add(check);
      check();
      exit.then(({ code, stderr }) => finish(() => reject(new Error(`exit ${code} before ${what}: ${stderr}`))));
    });
  }

  const listening = (name: string) =>
    find((line) => new RegExp(`^${name} listening at (.+)$`).exec(String(line.msg))?.[1], `${name} listener`);
  const [adminUrl, url] = await Promise.all([listening('admin'), listening('http')]).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    child,
    url,
    adminUrl,
    lines,
    line: (message) => find((line) => (line.msg === message ? line : undefined), `line "${message}"`),
    kill: (signal) => child.kill(signal),
    exit,
  };
}

/** Sends a request and reads the whole response. */
export async function request(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  const { status, headers } = response;
  return { status, headers, type: headers.get('content-type'), body: await response.text() };
}
