import type { Cluster } from '../cluster.ts';
import { startLoad } from '../pods.ts';
import { must, NotApplicable, type Step } from '../step.ts';

const SCALE_LIMIT_MS = 6 * 60_000;

export const scaling: Step = {
  name: 'the autoscaler scales out under load, and in afterwards',
  async run(cluster, tell) {
    await metricsServer(cluster);
    const least = Number(await autoscaler(cluster, '{.spec.minReplicas}'));
    tell(`at rest: ${await autoscaler(cluster, '{.status.currentReplicas}')} replicas, at least ${least}`);

    const loads = await Promise.all(
      ['load-a', 'load-b', 'load-c', 'load-d'].map((name) =>
        startLoad(cluster, { name, urls: [`http://${cluster.release}/version`], concurrency: 32, pauseMs: 0 }),
      ),
    );
    try {
      const begun = performance.now();
      const more = await replicas(cluster, (current) => current > least);
      tell(`under load: ${more} replicas after ${Math.round((performance.now() - begun) / 1000)} s`);
    } finally {
      for (const counts of await Promise.all(loads.map((stop) => stop()))) {
        tell(`${counts.requests} requests, ${counts.failed} failed ${JSON.stringify(counts.reasons)}`);
      }
    }
    const begun = performance.now();
    const fewer = await replicas(cluster, (current) => current === least);
    tell(`afterwards: ${fewer} replicas after ${Math.round((performance.now() - begun) / 1000)} s`);
    must(fewer === least, `${least} replicas`);
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

async function metricsServer(cluster: Cluster): Promise<void> {
  try {
    await cluster.kubectl(['top', 'pods']);
  } catch (error) {
    throw new NotApplicable(`the cluster measures no pods (metrics-server): ${String(error)}`);
  }
}
