import type { Instance } from './health-api.ts';

/**
 * Which instance comes first:
 * - `nearest`: one at random of those on the node nearest to the agent, by Consul's network coordinates; the agent's own
 *   node, if it has one. Few callers can bury one instance with it;
 * - `random`: any;
 * - `round-robin`: each in its turn, by a count of this process.
 */
export type Preference = 'nearest' | 'random' | 'round-robin';

export interface PreferenceOptions {
  preference: Preference;
  /** How often an order was asked for before. */
  turn: number;
  /** A number from 0 up to 1. Default `Math.random`. */
  random?: () => number;
}

/** All of the instances, given nearest first, in the order in which they are to be tried. */
export function inOrder(
  instances: readonly Instance[],
  { preference, turn, random = Math.random }: PreferenceOptions,
): Instance[] {
  switch (preference) {
    case 'random':
      return shuffled(instances, random);
    case 'round-robin': {
      const start = instances.length === 0 ? 0 : turn % instances.length;
      // By id, for the nearest-first order may change between two turns.
      const sorted = instances.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      return [...sorted.slice(start), ...sorted.slice(0, start)];
    }
    case 'nearest': {
      const byNode = Map.groupBy(instances, ({ node }) => node);
      return [...byNode.values()].flatMap((group) => shuffled(group, random));
    }
  }
}

/** Fisher and Yates. */
function shuffled(instances: readonly Instance[], random: () => number): Instance[] {
  const result = [...instances];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [result[last], result[other]];
    if (a !== undefined && b !== undefined) [result[last], result[other]] = [b, a];
  }
  return result;
}
