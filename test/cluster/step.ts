import type { Cluster } from './cluster.ts';

/** Something that must hold on a cluster. It tells what it sees, and rejects when that is not as it must be. */
export interface Step {
  readonly name: string;
  run(cluster: Cluster, tell: (seen: string) => void): Promise<void>;
}

/** Rejected with by a step that means nothing on this cluster. */
export class NotApplicable extends Error {}

export function must(holds: boolean, expected: string): asserts holds {
  if (!holds) throw new Error(`expected ${expected}`);
}
