import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Debian's client where there is one: it has what its own engine needs, whatever another on the PATH lacks. */
const DOCKER = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
const STOP_LIMIT_MS = 20_000;

/** How to reach an engine: an environment for its client. */
export type EngineEnv = Readonly<Record<string, string | undefined>>;

export interface StartedEngine {
  env: EngineEnv;
  stop(): void;
}

/** The engine that the client finds by itself, or one of our own. */
export async function startEngine(): Promise<StartedEngine> {
  const inherited = { ...process.env, DOCKER, DOCKER_BUILDKIT: '1' };
  if (await answers(inherited)) return { env: inherited, stop() {} };

  const dir = mkdtempSync(join(tmpdir(), 'engine-'));
  const env = { ...inherited, DOCKER_HOST: `unix://${join(dir, 'socket')}` };
  execFileSync(join(import.meta.dirname, 'start-engine.sh'), [dir], { env, stdio: 'inherit' });
  return {
    env,
    stop() {
      const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
      process.kill(pid, 'SIGTERM');
      const limit = performance.now() + STOP_LIMIT_MS;
      // No event tells of the end of a process that is not a child: ask.
      while (existsSync(`/proc/${pid}`) && performance.now() < limit) execFileSync('sleep', ['0.1']);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function answers(env: EngineEnv): Promise<boolean> {
  return docker(env, ['info']).then(
    () => true,
    () => false,
  );
}

/** Runs the client to its end. Rejects, with what it printed, when it fails. */
export async function docker(env: EngineEnv, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(DOCKER, [...args], { env, maxBuffer: 2 ** 28 });
  return stdout.trim();
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the client to its end, whatever its exit code. */
export function dockerRun(env: EngineEnv, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(DOCKER, [...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
