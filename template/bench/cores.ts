import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseAllowedCores } from './proc.ts';

/** Command prefixes that pin a process to a core. Empty if processes cannot be pinned. */
export interface Cores {
  readonly server: readonly string[];
  readonly load: readonly string[];
  /** For the client that measures latency. The same core as `load` unless there is a third one. */
  readonly client: readonly string[];
  readonly description: string;
}

/**
 * Assigns the servers to the first core that this process may use. Everything else runs on the second core: the load
 * generator, the receiver and this process, which reads the servers' logs. Only the client that measures latency has the
 * third core, if there is one.
 */
export function assignCores(): Cores {
  const [server, load, client = load] = parseAllowedCores(readFileSync('/proc/self/status', 'utf8'));
  if (server === undefined || load === undefined) {
    return {
      server: [],
      load: [],
      client: [],
      description: 'one core for server and load: the figures are not meaningful',
    };
  }
  const pinned = spawnSync('taskset', ['-a', '-c', '-p', `${load}`, `${process.pid}`]);
  if (pinned.status !== 0)
    return { server: [], load: [], client: [], description: 'not pinned: taskset is not installed' };
  return {
    server: ['taskset', '-c', `${server}`],
    load: ['taskset', '-c', `${load}`],
    client: ['taskset', '-c', `${client}`],
    description: `server on core ${server}, load on core ${load}, client of the latency measurement on core ${client}`,
  };
}
