import type { Metrics } from '../metrics/metrics.ts';

export interface ElectionMetrics {
  /** @param isLeading is called at each scrape. */
  observe(name: string, isLeading: () => boolean): void;
}

/** Creates the metric of all elections, under the name that client-go uses. Call it once per registry. */
export function createElectionMetrics(metrics: Metrics): ElectionMetrics {
  const elections = new Map<string, () => boolean>();
  const status = metrics.gauge({
    name: 'leader_election_master_status',
    help: '1 if this process is the leader, 0 if not',
    labelNames: ['name'],
    collect() {
      for (const [name, isLeading] of elections) status.set({ name }, isLeading() ? 1 : 0);
      return undefined;
    },
  });
  return {
    observe(name, isLeading) {
      elections.set(name, isLeading);
    },
  };
}
