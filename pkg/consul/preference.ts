import type { Instance } from './health-api.ts';

/**
 * Which instance comes first:
 * - `nearest`: a random instance on the node nearest to the agent by Consul's network coordinates, which is the agent's
 *   own node if it has instances. A few callers can overload one instance this way;
 * - `random`: any instance;
 * - `round-robin`: each in turn, counted per process.
 */
export type Preference = 'nearest' | 'random' | 'round-robin';

export interface PreferenceOptions {
  preference: Preference;
  /** Number of previous calls for the same service, for `round-robin`. */
  turn: number;
  /** Returns a number from 0 up to 1. Default: `Math.random`. */
  random?: () => number;
}

/** Sorts instances into the order in which to try them. Expects them nearest first. */
export function inOrder(
  instances: readonly Instance[],
  { preference, turn, random = Math.random }: PreferenceOptions,
): Instance[] {
  switch (preference) {
    case 'random':
      return shuffled(instances, random);
    case 'round-robin': {
      const start = instances.length === 0 ? 0 : turn % instances.length;
      // Sorted by id, because the nearest-first order may change between turns.
      const sorted = instances.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      return [...sorted.slice(start), ...sorted.slice(0, start)];
    }
    case 'nearest': {
      const byNode = Map.groupBy(instances, ({ node }) => node);
      return [...byNode.values()].flatMap((group) => shuffled(group, random));
    }
  }
}

/** Fisher–Yates shuffle. */
function shuffled(instances: readonly Instance[], random: () => number): Instance[] {
  const result = [...instances];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [result[last], result[other]];
    if (a !== undefined && b !== undefined) [result[last], result[other]] = [b, a];
  }
  return result;
}
