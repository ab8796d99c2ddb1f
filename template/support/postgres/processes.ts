import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Returns a process and its children. Each child of PostgreSQL's main process is in a process group of its own. Linux only. */
export function withChildren(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...children.split(' ').filter(Boolean).map(Number)];
  } catch {
    return [];
  }
}

export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has exited.
    }
  }
}

/** Waits until every thread of the processes is in one of these states (proc_pid_stat(5)), or has exited. */
export async function untilState(pids: readonly number[], states: string, limitMs = 5_000): Promise<void> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const others = pids.filter((pid) => statesOf(pid).some((state) => !states.includes(state)));
    if (others.length === 0) return;
    if (performance.now() > limit) throw new Error(`processes ${others.join(', ')} are not in a state of ${states}`);
    await delay(5);
  }
}

function statesOf(pid: number): string[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.flatMap((task) => {
      const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
      return stat.charAt(stat.lastIndexOf(')') + 2);
    });
  } catch {
    return [];
  }
}
