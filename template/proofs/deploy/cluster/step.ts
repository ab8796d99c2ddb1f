import type { Cluster } from './cluster.ts';

/** One check. Prints its observations with `report`, and rejects if an expectation is not met. */
export interface Step {
  readonly name: string;
  run(cluster: Cluster, report: Report): Promise<void>;
}

export type Report = (line: string) => void;

/** Thrown by a step that does not apply to this cluster. */
export class NotApplicable extends Error {}

export function must(holds: boolean, expected: string): asserts holds {
  if (!holds) throw new Error(`expected ${expected}`);
}

export function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1000);
}
