import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A control group with a memory limit, like that of a container. */
export interface MemoryCgroup {
  /**
   * Command prefix that starts a program in the group. It runs a copy of the program that is made inside the group, so that
   * the program's pages count towards the limit, as in a container, and are not shared with the machine's page cache.
   */
  readonly launcher: readonly string[];
  readonly peakBytes: number;
  /** Number of processes that the kernel's OOM killer has killed. */
  readonly kills: number;
  /** Must be called after all processes in the group have exited. */
  remove(): void;
}

/** File names in the two versions of control groups. */
const VERSIONS = [
  {
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    events: 'memory.oom_control',
  },
  { root: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak', events: 'memory.events' },
] as const;

const version = VERSIONS.find(({ root }) => existsSync(join(root, 'cgroup.procs')));

/** Returns whether this process may create memory control groups. Usually requires Linux and root. */
export function canCreateMemoryCgroups(): boolean {
  if (version === undefined) return false;
  const group = join(version.root, `edge-trial-${process.pid}`);
  try {
    mkdirSync(group);
    const limited = existsSync(join(group, version.limit));
    rmdirSync(group);
    return limited;
  } catch {
    return false;
  }
}

export function createMemoryCgroup(limitBytes: number): MemoryCgroup {
  if (version === undefined) throw new Error('memory control groups are not available');
  const group = join(version.root, `edge-test-${process.pid}`);
  const folder = mkdtempSync(join(tmpdir(), 'edge-'));
  mkdirSync(group);
  writeFileSync(join(group, version.limit), String(limitBytes));
  const script = 'echo $$ > "$1/cgroup.procs" && cp "$3" "$2/program" && shift 3 && exec "$0" "$@"';
  return {
    launcher: ['/bin/sh', '-c', script, join(folder, 'program'), group, folder],
    get peakBytes() {
      return Number(readFileSync(join(group, version.peak), 'utf8'));
    },
    get kills() {
      return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(group, version.events), 'utf8'))?.[1]);
    },
    remove() {
      rmdirSync(group);
      rmSync(folder, { recursive: true });
    },
  };
}
