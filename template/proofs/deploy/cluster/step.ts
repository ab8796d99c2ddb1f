import type { Cluster } from './cluster.ts';

/** One check. It reports what it sees through `tell` and rejects when that is not as expected. */
export interface Step {
  readonly name: string;
  run(cluster: Cluster, tell: Tell): Promise<void>;
}

export type Tell = (line: string) => void;

/** Thrown by a step that does not apply to this cluster. */
export class NotApplicable extends Error {}

export function must(holds: boolean, expected: string): asserts holds {
  if (!holds) throw new Error(`expected ${expected}`);
}

export function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1000);
}
