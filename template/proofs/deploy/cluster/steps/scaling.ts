import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, watchOf } from '../cluster.ts';
import { describeCounts, type LoadCounts, mustOnlyShed, startLoad } from '../load.ts';
import { must, NotApplicable, type Step, secondsSince } from '../step.ts';

/** Increases the load gradually. A sudden load would only test the overload protection. */
const RAMP_MS = 10_000;
const METRICS_LIMIT_MS = 90_000;
const SCALE_LIMIT_MS = 6 * 60_000;
/**
 * Share of the requests that may be rejected with 503 to clients that wait as long as `Retry-After` says. The load exceeds
 * the capacity of the pods until more of them are ready, and each new pod receives its share of the load before its code is
 * compiled.
 */
const MAX_SHED = 0.01;

export const scaling: Step = {
  name: 'the autoscaler scales out under load and scales in afterwards',
  async run(cluster, report) {
    await requireMetrics(cluster);
    const min = Number(await autoscaler(cluster, '{.spec.minReplicas}'));
    report(`without load: ${await autoscaler(cluster, '{.status.currentReplicas}')} replicas, at least ${min}`);

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
      report(`under load: ${more} replicas after ${secondsSince(startedAt)} s`);
    } finally {
      counts.push(...(await Promise.all(loads.map((stop) => stop()))));
      for (const each of counts) report(describeCounts(each));
    }
    const startedAt = performance.now();
    const fewer = await replicas(cluster, (current) => current === min);
    report(`afterwards: ${fewer} replicas after ${secondsSince(startedAt)} s`);
    must(fewer === min, `${min} replicas`);
    for (const each of counts) mustOnlyShed(each, MAX_SHED);
  },
};

/** Waits until the number of replicas that the autoscaler reports matches, and returns it. */
async function replicas(cluster: Cluster, matches: (current: number) => boolean): Promise<number> {
  const watch = watchOf('hpa', cluster.release, '{.status.currentReplicas}');
  return Number(await cluster.lineOf(watch, (line) => matches(Number(line)), SCALE_LIMIT_MS));
}

function autoscaler(cluster: Cluster, path: string): Promise<string> {
  return cluster.kubectl(['get', 'hpa', cluster.release, '--output', `jsonpath=${path}`]);
}

/** Waits for pod metrics, which are available up to half a minute after the start of a pod. */
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
