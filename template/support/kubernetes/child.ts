import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { cpuMicrosOf } from '../../bench/proc.ts';

/** A process that is killed at the latest when this process exits. */
export interface Child {
  /** The program and its first argument. */
  readonly name: string;
  readonly pid: number;
  /** The last lines of its output. */
  readonly output: string;
  readonly hasExited: boolean;
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGKILL and waits until the process has exited. */
  kill(): Promise<void>;
  /** User and system time so far. */
  cpuSeconds(): number;
}

/** @param env its whole environment. Default: that of this process. */
export function startChild(program: string, argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Child {
  const child = spawn(program, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-4_000);
    });
  }
  child.on('error', (error) => {
    output += error.message;
  });
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const isGone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const pid = child.pid ?? 0;
  return {
    name: `${basename(program)} ${argv[0]}`,
    pid,
    get output() {
      return output;
    },
    get hasExited() {
      return isGone();
    },
    signal: (signal) => void child.kill(signal),
    async kill() {
      process.off('exit', killAtExit);
      if (isGone()) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    cpuSeconds: () => cpuMicrosOf(pid) / 1e6,
  };
}
