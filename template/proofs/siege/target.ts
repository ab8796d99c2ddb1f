import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService } from '../../../test/support/service.ts';
import { canCreateMemoryCgroups, createMemoryCgroup } from '../edge/memory-cgroup.ts';
import { PROGRAM, productionSettings, ROOT } from './settings.ts';

const MEMORY_LIMIT = 256 * 1_048_576;

/** The production build with production settings, in a memory control group if one can be created. */
export interface Target {
  readonly url: string;
  readonly adminUrl: string;
  /** A token that may read and write flags. */
  readonly token: string;
  /** Whether the kernel enforces the memory limit. */
  readonly limited: boolean;
  /** Returns undefined after the process has exited. */
  residentMiB(): number | undefined;
  /** Error and fatal log lines so far. */
  readonly errors: readonly Record<string, unknown>[];
  readonly ended: boolean;
  /** Sends SIGTERM and waits for the exit. Kills the process after `limitMs`. */
  stop(limitMs: number): Promise<TargetExit>;
}

export interface TargetExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  tookMs: number;
  /** Number of processes that the OOM killer killed. */
  kernelKills: number;
  /** The first 500 characters of standard error. */
  stderr: string;
}

export function buildService(): void {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build/main.ts')], { cwd: ROOT });
}

/** Starts the build that {@link buildService} created. `env` overrides the production settings. */
export async function startTarget(env: NodeJS.ProcessEnv = {}): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'siege-'));
  const settings = productionSettings(folder);
  const cgroup = canCreateMemoryCgroups() ? createMemoryCgroup(MEMORY_LIMIT) : undefined;
  const service = await startService({
    program: PROGRAM,
    launcher: cgroup?.launcher ?? [],
    keepLine: ({ level, msg }) => level === 'error' || level === 'fatal' || / listening at /.test(String(msg)),
    env: { ...settings.env, ...env },
  });
  let ended = false;
  const exit = service.exit.then((end) => {
    ended = true;
    return end;
  });
  return {
    url: service.url,
    adminUrl: service.adminUrl,
    token: settings.token,
    limited: cgroup !== undefined,
    residentMiB: () => (ended ? undefined : residentMiB(service.child.pid)),
    get errors() {
      return service.lines.filter(({ level }) => level === 'error' || level === 'fatal');
    },
    get ended() {
      return ended;
    },
    async stop(limitMs) {
      const startedAt = performance.now();
      service.kill('SIGTERM');
      const timer = setTimeout(() => service.kill('SIGKILL'), limitMs);
      const { code, signal, stderr } = await exit;
      clearTimeout(timer);
      const kernelKills = cgroup?.kills ?? 0;
      cgroup?.remove();
      rmSync(folder, { recursive: true });
      return { code, signal, tookMs: performance.now() - startedAt, kernelKills, stderr: stderr.slice(0, 500) };
    },
  };
}

function residentMiB(pid: number | undefined): number | undefined {
  try {
    const kB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kB === undefined ? undefined : Number(kB) / 1024;
  } catch {
    return undefined;
  }
}
