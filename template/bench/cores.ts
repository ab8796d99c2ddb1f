import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseAllowedCores } from './proc.ts';

/** Command prefixes that pin a process to a core. Empty if processes cannot be pinned. */
export interface Cores {
  readonly server: readonly string[];
  readonly load: readonly string[];
  readonly description: string;
}

/**
 * Assigns the servers to the first core that this process may use. Everything else runs on the second core: the load
 * generator, the receiver and this process, which reads the servers' logs.
 */
export function assignCores(): Cores {
  const [server, load] = parseAllowedCores(readFileSync('/proc/self/status', 'utf8'));
  if (server === undefined || load === undefined) {
    return { server: [], load: [], description: 'one core for server and load: the figures are not meaningful' };
  }
  const pinned = spawnSync('taskset', ['-a', '-c', '-p', `${load}`, `${process.pid}`]);
  if (pinned.status !== 0) return { server: [], load: [], description: 'not pinned: taskset is not installed' };
  return {
    server: ['taskset', '-c', `${server}`],
    load: ['taskset', '-c', `${load}`],
    description: `server on core ${server}, load on core ${load}`,
  };
}
