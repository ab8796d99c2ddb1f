import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseAllowedCores } from './proc.ts';

/** What to put before a command so that it runs on its core; empty where nothing can be pinned. */
export interface Cores {
  readonly server: readonly string[];
  readonly load: readonly string[];
  readonly description: string;
}

/**
 * The servers get the first core that this process may use, everything else the second: load, receiver and this
 * process itself, which reads the servers' logs.
 */
export function assignCores(): Cores {
  const [server, load] = parseAllowedCores(readFileSync('/proc/self/status', 'utf8'));
  if (server === undefined || load === undefined) {
    return { server: [], load: [], description: 'one core for all: the figures are worth little' };
  }
  const pinned = spawnSync('taskset', ['-a', '-c', '-p', `${load}`, `${process.pid}`]);
  if (pinned.status !== 0) return { server: [], load: [], description: 'not pinned: there is no taskset' };
  return {
    server: ['taskset', '-c', `${server}`],
    load: ['taskset', '-c', `${load}`],
    description: `server on core ${server}, load on core ${load}`,
  };
}
