import { join } from 'node:path';
import type { Cluster } from '../cluster.ts';
import { type LoadCounts, startLoad } from '../pods.ts';
import { must, type Step } from '../step.ts';
import { chartArguments, podsOf } from './release.ts';

const CHART = join(import.meta.dirname, '../../../charts/skiff');
const ROLLOUT_LIMIT = '5m';

export const upgrade: Step = {
  name: 'a rolling upgrade and its rollback lose no request',
  async run(cluster, tell) {
    await underLoad(cluster, tell, async () => {
      const before = await podsOf(cluster);
      const round = ['--set-string', 'podAnnotations.round=2', '--wait', '--timeout', ROLLOUT_LIMIT];
      await cluster.helm(['upgrade', cluster.release, CHART, ...chartArguments(cluster), ...round]);
      const upgraded = await settled(cluster);
      await cluster.helm(['rollback', cluster.release, '--wait', '--timeout', ROLLOUT_LIMIT]);
      const after = await settled(cluster);
      for (const [name, pods] of Object.entries({ before, upgraded, after }))
        tell(`${name}: ${[...pods.keys()].join(', ')}`);
      must(![...upgraded.keys()].some((pod) => before.has(pod) || after.has(pod)), 'every pod to be replaced, twice');
    });
  },
};

export const deletion: Step = {
  name: 'deleting its pods one after the other loses no request',
  async run(cluster, tell) {
    await underLoad(cluster, tell, async () => {
      for (const pod of (await podsOf(cluster)).keys()) {
        const begun = performance.now();
        await cluster.kubectl(['delete', 'pod', pod, '--wait']);
        tell(`${pod} was gone after ${Math.round((performance.now() - begun) / 1000)} s`);
        await settled(cluster);
      }
    });
  },
};

/** Does something while requests flow through the Service, and holds that all of them were answered. */
export async function underLoad(
  cluster: Cluster,
  tell: (seen: string) => void,
  act: () => Promise<void>,
): Promise<void> {
  const base = `http://${cluster.release}`;
  const stop = await startLoad(cluster, { urls: [`${base}/version`, `${base}/healthz`], concurrency: 8, pauseMs: 20 });
  let counts: LoadCounts;
  try {
    await act();
  } finally {
    counts = await stop();
    const reasons = counts.failed === 0 ? '' : ` ${JSON.stringify(counts.reasons)}`;
    tell(`${counts.requests} requests, ${counts.failed} failed${reasons}, the slowest took ${counts.slowestMs} ms`);
  }
  must(counts.requests > 100 && counts.failed === 0, 'requests, and none of them failed');
}

/** The pods once there are as many as there should be, all of them ready; those on their way out do not count. */
async function settled(cluster: Cluster): Promise<Map<string, string>> {
  await cluster.kubectl(['rollout', 'status', `deployment/${cluster.release}`, `--timeout=${ROLLOUT_LIMIT}`]);
  return podsOf(cluster);
}
