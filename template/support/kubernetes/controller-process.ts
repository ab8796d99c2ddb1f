import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Exit } from '../../../test/support/service.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Time limit of every wait, in milliseconds. */
const LIMIT_MS = 60_000;

export interface ControllerOptions {
  /** Path of a kubeconfig. Default: none, not even in the home directory. */
  readonly kubeconfig?: string;
  /** The namespace to watch. */
  readonly namespace: string;
  /** Default: none. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A process of the real program. Tests have to stop it. */
export interface ControllerProcess {
  readonly pid: number;
  /** Log lines so far, parsed. */
  readonly lines: readonly Record<string, unknown>[];
  /** Resolves with the first line that matches, even if it was logged before the call. Rejects if the process exits first. */
  line(matches: (line: Record<string, unknown>) => boolean, what: string): Promise<Record<string, unknown>>;
  /** Base URL of the admin listener. Rejects if the process exits first. */
  adminUrl(): Promise<string>;
  /** Waits until the status of the readiness probe is `status`, and returns its body. */
  readiness(status: 200 | 503): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly exit: Promise<Exit>;
}

/** Starts the program. Of this process's environment it inherits only PATH. */
export function startController({ kubeconfig = '', namespace, env = {} }: ControllerOptions): ControllerProcess {
  const child = spawn(process.execPath, [join(ROOT, 'cmd/controller/main.ts')], {
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node'),
      SKIFF_ENVIRONMENT: 'test',
      SKIFF_CONTROLLER_NAMESPACE: namespace,
      ...(kubeconfig !== '' && { KUBECONFIG: kubeconfig }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exit = once(child, 'close').then(([code, signal]): Exit => {
    process.off('exit', killAtExit);
    return { code, signal, stderr: errors };
  });
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  createInterface(child.stdout).on('line', (text) => {
    lines.push(JSON.parse(text));
    for (const check of waiting) check();
  });
  const pid = child.pid ?? 0;

  const line: ControllerProcess['line'] = (matches, what) =>
    new Promise((resolve, reject) => {
      const fail = (reason: string) => finish(() => reject(new Error(`no ${what}: ${reason}\n${tail()}`)));
      const timer = setTimeout(() => fail(`not within ${LIMIT_MS} ms`), LIMIT_MS);
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        settle();
      };
      const check = () => {
        const found = lines.find(matches);
        if (found !== undefined) finish(() => resolve(found));
      };
      waiting.add(check);
      check();
      exit.then(({ code, signal, stderr }) => fail(`exit ${code ?? signal}, ${stderr}`));
    });

  const tail = () =>
    lines
      .slice(-10)
      .map((entry) => JSON.stringify(entry))
      .join('\n');

  async function adminUrl(): Promise<string> {
    const pattern = /^admin listening at (.+)$/;
    const { msg } = await line(({ msg: message }) => pattern.test(String(message)), 'admin listener');
    return pattern.exec(String(msg))?.[1] ?? '';
  }

  async function readiness(status: 200 | 503): Promise<string> {
    const url = `${await adminUrl()}/readyz?verbose`;
    const limit = performance.now() + LIMIT_MS;
    for (;;) {
      const response = await fetch(url);
      const body = await response.text();
      if (response.status === status) return body;
      if (performance.now() > limit) throw new Error(`readiness stays ${response.status}: ${body}\n${tail()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  return {
    pid,
    lines,
    line,
    adminUrl,
    readiness,
    kill: (signal) => void child.kill(signal),
    exit,
  };
}
