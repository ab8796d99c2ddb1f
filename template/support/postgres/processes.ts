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

/**
 * Waits until every thread of the processes is in one of these states (proc_pid_stat(5)), or has exited. A signal takes effect
 * when the process next runs. On a virtual machine whose processor stands still, that may take seconds.
 */
export async function untilState(pids: readonly number[], states: string, limitMs = 30_000): Promise<void> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const isLast = performance.now() > limit;
    const others = pids
      .map((pid) => ({ pid, found: statesOf(pid).join('') }))
      .filter(({ found }) => [...found].some((state) => !states.includes(state)));
    if (others.length === 0) return;
    if (isLast) {
      const list = others.map(({ pid, found }) => `${pid} (${found})`).join(', ');
      throw new Error(`processes are not in a state of ${states}: ${list}`);
    }
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
