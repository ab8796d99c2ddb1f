import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import { describeCounts, type LoadCounts, startLoad } from '../load.ts';
import { must, NotApplicable, type Step, secondsSince } from '../step.ts';

/** Loads rise over seconds; from one moment to the next they would only measure the overload protection. */
const RAMP_MS = 10_000;
const METRICS_LIMIT_MS = 90_000;
const SCALE_LIMIT_MS = 6 * 60_000;
/**
 * Share of the requests that may be rejected with 503. This load is more than the pods can serve until more of them are
 * ready, and each new pod receives its share of it while its code is still cold.
 */
const MAX_SHED = 0.01;

export const scaling: Step = {
  name: 'the autoscaler scales out under load, and in again afterwards',
  async run(cluster, tell) {
    await requireMetrics(cluster);
    const min = Number(await autoscaler(cluster, '{.spec.minReplicas}'));
    tell(`at rest: ${await autoscaler(cluster, '{.status.currentReplicas}')} replicas, at least ${min}`);

    const loads = await Promise.all(
      ['load-a', 'load-b', 'load-c', 'load-d'].map((name) =>
        startLoad(cluster, {
          name,
          urls: [`http://${cluster.release}/version`],
          concurrency: 32,
          pauseMs: 0,
          rampMs: RAMP_MS,
        }),
      ),
    );
    const counts: LoadCounts[] = [];
    try {
      const startedAt = performance.now();
      const more = await replicas(cluster, (current) => current > min);
      tell(`under load: ${more} replicas after ${secondsSince(startedAt)} s`);
    } finally {
      counts.push(...(await Promise.all(loads.map((stop) => stop()))));
      for (const each of counts) tell(describeCounts(each));
    }
    const startedAt = performance.now();
    const fewer = await replicas(cluster, (current) => current === min);
    tell(`afterwards: ${fewer} replicas after ${secondsSince(startedAt)} s`);
    must(fewer === min, `${min} replicas`);
    for (const { requests, failed, reasons } of counts) {
      must(failed === (reasons[503] ?? 0), 'no failed request but those shed with 503');
      must(failed <= requests * MAX_SHED, `at most ${MAX_SHED * 100} % of the requests shed`);
    }
  },
};

/** Waits until the autoscaler has seen so many. */
async function replicas(cluster: Cluster, isWanted: (current: number) => boolean): Promise<number> {
  const watch = ['get', 'hpa', cluster.release, '--watch', '--output', 'jsonpath={.status.currentReplicas}{"\\n"}'];
  return Number(await cluster.lineOf(watch, (line) => isWanted(Number(line)), SCALE_LIMIT_MS));
}

function autoscaler(cluster: Cluster, path: string): Promise<string> {
  return cluster.kubectl(['get', 'hpa', cluster.release, '--output', `jsonpath=${path}`]);
}

/** The metrics of new pods arrive with the first measurement, up to half a minute after their start. */
async function requireMetrics(cluster: Cluster): Promise<void> {
  for (const startedAt = performance.now(); ; await delay(2_000)) {
    try {
      await cluster.kubectl(['top', 'pods']);
      return;
    } catch (error) {
      const isPending = String(error).includes('not available yet') && performance.now() - startedAt < METRICS_LIMIT_MS;
      if (!isPending) throw new NotApplicable(`the cluster has no pod metrics (metrics-server): ${String(error)}`);
    }
  }
}
