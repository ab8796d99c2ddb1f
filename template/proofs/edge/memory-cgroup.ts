import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A control group that the kernel holds to a limit of memory, as it holds a container to its. */
export interface MemoryCgroup {
  /**
   * What starts a program in it: to be put before the command. The program is read from a copy that is made within, so
   * that its pages count as they do in a container, and are not those that the machine holds already.
   */
  readonly launcher: readonly string[];
  readonly peakBytes: number;
  /** Processes that the kernel has killed for memory. */
  readonly kills: number;
  /** When all that ran in it has ended. */
  remove(): void;
}

/** Names of the files in the two versions of control groups. */
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

/** Whether this process may make control groups of memory: on Linux, mostly as root. */
export function mayMakeMemoryCgroups(): boolean {
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
  if (version === undefined) throw new Error('there are no control groups of memory here');
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
