import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { KubernetesClient } from '../../pkg/kubernetes/client.ts';
import { createElectionMetrics } from '../../pkg/kubernetes/election-metrics.ts';
import { createLeaseElection, type LeaseElection } from '../../pkg/kubernetes/leader-election.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';

export interface ElectionsDependencies {
  client: KubernetesClient;
  metrics: Metrics;
  logger: Logger;
}

/** Returns a function that creates the election of a Lease. This process is the same candidate in all of them. */
export function createElections(
  { namespace }: { namespace: string },
  { client, metrics, logger }: ElectionsDependencies,
): (name: string) => LeaseElection {
  const identity = hostname();
  const dependencies = { client, logger, metrics: createElectionMetrics(metrics) };
  return (name) => createLeaseElection({ name, namespace, identity }, dependencies);
}
