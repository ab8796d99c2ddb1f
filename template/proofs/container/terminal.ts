import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';

const START_LIMIT_MS = 5 * 60_000;
const STOP_LIMIT_MS = 30_000;

/** A command that is running, started from a {@link Terminal}. */
export interface Running {
  /** Resolves with the output so far once it matches. Rejects with the output if the command exits before. */
  ready: Promise<string>;
  /** Interrupts it, as Ctrl-C does, and resolves when it has exited. */
  stop(): Promise<void>;
}

/** Shells that share a working directory, as the terminals of a reader who follows a document. */
export interface Terminal {
  folder(): string;
  /** Runs code until it exits and returns its output. Rejects with the output if it fails. */
  run(code: string): Promise<string>;
  /** Starts code that runs until it is stopped. */
  serve(code: string, ready: RegExp): Running;
}

export function createTerminal(start: string, env: NodeJS.ProcessEnv): Terminal {
  let folder = start;
  /** Each shell has a process group of its own, and reports its folder before each command. */
  const shell = (code: string) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', `trap 'pwd >&3' DEBUG EXIT\n${code}`], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    child.stdio[3]?.on('data', (chunk) => {
      folder = String(chunk).trim().split('\n').at(-1) ?? folder;
    });
    const closed = once(child, 'close').then(([exit]) => exit);
    const failure = (problem: unknown) => new Error(`$ ${code}${problem}. Its output:\n${output}`);
    return { child, closed, failure, output: () => output };
  };

  return {
    folder: () => folder,
    async run(code) {
      const { closed, failure, output } = shell(code);
      const exit = await closed;
      if (exit !== 0) throw failure(`exited with ${exit}`);
      return output();
    },
    serve(code, ready) {
      const { child, closed, failure, output } = shell(code);
      return {
        ready: new Promise((resolve, reject) => {
          const check = () => {
            const found = output();
            if (ready.test(found)) resolve(found);
          };
          child.stdout?.on('data', check);
          child.stderr?.on('data', check);
          closed.then((exit) => reject(failure(`exited with ${exit} before it was ready`)), reject);
          setTimeout(() => reject(failure(`was not ready within ${START_LIMIT_MS} ms`)), START_LIMIT_MS).unref();
        }),
        async stop() {
          const limit = setTimeout(() => signal(child, 'SIGKILL'), STOP_LIMIT_MS);
          signal(child, 'SIGINT');
          await closed;
          clearTimeout(limit);
          if (child.signalCode === 'SIGKILL') throw failure(`did not stop within ${STOP_LIMIT_MS} ms`);
        },
      };
    },
  };
}

/** Sends a signal to the process group. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  process.kill(-child.pid, name);
}

/** Returns the environment without what this test run and its npm script added. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|GIT_|npm_|SKIFF_|(?:CI|NODE_ENV|NODE_OPTIONS|LONG|TEST)$)/.test(name),
  );
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !/node_modules|node-gyp-bin/.test(folder));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter), NO_COLOR: '1' };
}
