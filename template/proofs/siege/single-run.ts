import { type ChildProcess, type IOType, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Stream } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../../test/support/free-ports.ts';
import { PROGRAM, productionSettings, ROOT } from './settings.ts';

export interface SingleResult {
  attack: string;
  outcome: string;
  withstood: boolean;
}

/** @param folder for temporary files. */
export type SingleAttack = (folder: string) => Promise<SingleResult>;

export interface Run {
  child: ChildProcess;
  url: string;
  adminUrl: string;
  /** Retries the liveness probe until it gets 200. Returns false if it does not within `limitMs`. */
  isAlive(limitMs: number): Promise<boolean>;
  /** Sends the signal and waits for the exit. Kills the process after `limitMs`. */
  stop(signal: NodeJS.Signals, options?: StopOptions): Promise<Stopped>;
}

export interface StopOptions {
  /** Default: 10 s. */
  limitMs?: number;
  /** Process to send the signal to. Default: the child. */
  pid?: number | undefined;
}

export interface Stopped {
  /** Exit code, name of the signal that terminated the process, or `hung`. */
  end: number | string | null;
  tookMs: number;
}

export interface RunOptions {
  folder: string;
  stdout: IOType | Stream | number;
  /** Command prefix that runs the rest of the command line. */
  launcher?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/** Starts the production build on ports that are known in advance, because its log may be unreadable. */
export async function run({ folder, stdout, launcher = [], env = {} }: RunOptions): Promise<Run> {
  const [port, adminPort] = await freePorts(2);
  const [command = '', ...args] = [...launcher, process.execPath, join(ROOT, PROGRAM)];
  const child = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      ...productionSettings(folder).env,
      SKIFF_HTTP_PORT: String(port),
      SKIFF_ADMIN_PORT: String(adminPort),
      SKIFF_RATE_LIMIT_MAX: '0',
      ...env,
    },
    stdio: ['ignore', stdout, 'ignore'],
  });
  const exit = once(child, 'exit');
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  return {
    child,
    url: `http://127.0.0.1:${port}`,
    adminUrl,
    async isAlive(limitMs) {
      for (const end = performance.now() + limitMs; performance.now() < end; await sleep(50)) {
        if (child.exitCode !== null) return false;
        if ((await statusOf(`${adminUrl}/healthz`)) === 200) return true;
      }
      return false;
    },
    async stop(signal, { limitMs = 10_000, pid = child.pid } = {}) {
      const startedAt = performance.now();
      if (child.exitCode === null && pid !== undefined) process.kill(pid, signal);
      let hung = false;
      const timer = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, limitMs);
      const [code, by] = await exit;
      clearTimeout(timer);
      return { end: hung ? 'hung' : (by ?? code), tookMs: Math.round(performance.now() - startedAt) };
    },
  };
}

/** Returns the status of the response, or 0 if there is none within two seconds. */
export async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000), headers: { connection: 'close' } });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
