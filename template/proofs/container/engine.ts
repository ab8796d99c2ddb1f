import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Prefers Debian's client, which fits Debian's engine, to another client on the PATH. */
const DOCKER = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
const STOP_LIMIT_MS = 20_000;

/** Environment of the client, which determines the engine that it connects to. */
export type EngineEnv = Readonly<Record<string, string | undefined>>;

export interface StartedEngine {
  env: EngineEnv;
  stop(): void;
}

/** Returns the engine that the client connects to by default, or starts a new one. */
export async function startEngine(): Promise<StartedEngine> {
  const inherited = { ...process.env, DOCKER, DOCKER_BUILDKIT: '1' };
  if (await isRunning(inherited)) return { env: inherited, stop() {} };

  const dir = mkdtempSync(join(tmpdir(), 'engine-'));
  const env = { ...inherited, DOCKER_HOST: `unix://${join(dir, 'socket')}` };
  execFileSync(join(import.meta.dirname, 'start-engine.sh'), [dir], { env, stdio: 'inherit' });
  return {
    env,
    stop() {
      const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
      process.kill(pid, 'SIGTERM');
      const limit = performance.now() + STOP_LIMIT_MS;
      // There is no exit event for a process that is not a child, so this polls.
      while (existsSync(`/proc/${pid}`) && performance.now() < limit) execFileSync('sleep', ['0.1']);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function isRunning(env: EngineEnv): Promise<boolean> {
  return docker(env, ['info']).then(
    () => true,
    () => false,
  );
}

/** Runs the client and returns its output. Rejects with the output if it fails. */
export async function docker(env: EngineEnv, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(DOCKER, [...args], { env, maxBuffer: 2 ** 28 });
  return stdout.trim();
}

export interface ExitResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the client and returns its exit code and output. */
export function dockerRun(env: EngineEnv, args: readonly string[]): Promise<ExitResult> {
  return new Promise((resolve) => {
    execFile(DOCKER, [...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
