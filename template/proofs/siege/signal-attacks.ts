import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, type SingleAttack } from './single-run.ts';

/**
 * Times after the start of the process. Before the first, no program can handle signals; at the last, all listeners are
 * open.
 */
const DELAYS_MS = [150, 200, 300, 400, 500, 600, 800, 1000, 1500];

/** Makes the service PID 1 of its namespace, as in a container. By default, PID 1 ignores signals. */
const AS_PID_1 = ['unshare', '--pid', '--fork', '--kill-child'];

/** Sends SIGTERM at various times after the start. Requires permission to create namespaces. */
const earlySigterm: SingleAttack = async (folder) => {
  const ends: string[] = [];
  for (const delay of DELAYS_MS) {
    const service = await run({ folder, stdout: 'ignore', launcher: AS_PID_1 });
    const pid = await childOf(service.child.pid);
    await sleep(delay);
    const { end } = await service.stop('SIGTERM', { pid, limitMs: 8000 });
    ends.push(`${delay} ms: ${end}`);
  }
  return {
    attack: 'SIGTERM while it starts as PID 1',
    outcome: ends.join(', '),
    withstood: ends.every((end) => / (0|SIGTERM|143)$/.test(end)),
  };
};

function otherSignal(signal: NodeJS.Signals): SingleAttack {
  return async (folder) => {
    const service = await run({ folder, stdout: 'ignore' });
    await service.isAlive(10_000);
    const { end, tookMs } = await service.stop(signal, { limitMs: 3000 });
    return {
      attack: `${signal} while it runs`,
      outcome: end === 'hung' ? 'kept running' : `${end} after ${tookMs} ms`,
      withstood: end === 0 || end === 'hung',
    };
  };
}

async function childOf(pid: number | undefined): Promise<number> {
  for (const end = performance.now() + 5000; performance.now() < end; await sleep(5)) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (child) return Number(child);
  }
  throw new Error('unshare did not start a process');
}

export const signalAttacks: readonly SingleAttack[] = [earlySigterm, otherSignal('SIGQUIT'), otherSignal('SIGUSR2')];
