import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cores } from './cores.ts';
import { createLogPipe, type LogPipe } from './log-pipe.ts';
import type { SinkAddress } from './otlp-sink.ts';
import { cpuMicrosOf } from './proc.ts';
import route from './route.json' with { type: 'json' };
import { commandOf, environmentOf, hasAdminListener } from './row-command.ts';
import type { Row } from './rows.ts';

const ROOT = join(import.meta.dirname, '../..');
const READY_LIMIT_MS = 30_000;

export interface RowProcess {
  readonly row: Row;
  readonly pid: number;
  readonly origin: string;
  /** The URL that every measurement requests, unless it has requests of its own. */
  readonly url: string;
  readonly metricsUrl: string;
  /** CPU time from the start of the process to its first 200 on /readyz. */
  readonly startMs: number;
  readonly log: LogPipe;
  stop(): Promise<void>;
}

export interface StartOptions {
  cores: Cores;
  /** Node flags of the service. */
  nodeFlags: readonly string[];
  receiver: SinkAddress;
}

/**
 * Starts the process of a row on the servers' core and waits until it is ready.
 *
 * @throws Error with the output of the process if it exits instead.
 */
export async function startRow(row: Row, options: StartOptions): Promise<RowProcess> {
  const [port, adminPort] = hasAdminListener(row) ? [await freePort(), await freePort()] : [await freePort()];
  const origin = `${row.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const adminUrl = `http://127.0.0.1:${adminPort ?? port}`;
  const log = createLogPipe();
  const [command = process.execPath, ...args] = [...options.cores.server, ...commandOf(row, options.nodeFlags, port)];

  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environmentOf(row, options.receiver, { port, adminPort }) },
    stdio: ['ignore', log.writeFd, 'pipe'],
  });
  log.closeWriteEnd();
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4000);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`failed to start ${command}`);
  try {
    await untilReady(`${adminUrl}/readyz`, child);
    const startMs = cpuMicrosOf(pid) / 1000;
    return {
      row,
      pid,
      origin,
      url: `${origin}${route.path}`,
      metricsUrl: `${adminUrl}/metrics`,
      startMs,
      log,
      stop: () => stop(child, log),
    };
  } catch (cause) {
    await stop(child, log);
    throw new Error(`${row.name} failed to start: ${stderr}${log.tail()}`, { cause });
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const limit = performance.now() + READY_LIMIT_MS;
  while ((await statusOf(url)) !== 200) {
    if (child.exitCode !== null) throw new Error(`the process exited with code ${child.exitCode}`);
    if (performance.now() > limit) throw new Error(`no 200 from ${url} within ${READY_LIMIT_MS} ms`);
    await delay(1);
  }
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', () => resolve(undefined));
  });
}

async function stop(child: ChildProcess, log: LogPipe): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    // All measurements are done. SIGTERM would not suffice: auto-instrumentations-node catches it and never exits.
    child.kill('SIGKILL');
    await exited;
  }
  log.close();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
