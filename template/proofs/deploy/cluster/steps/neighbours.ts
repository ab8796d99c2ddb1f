import type { Cluster } from '../cluster.ts';
import { must, type Step } from '../step.ts';
import { helmTest, installRelease, podsOf, uninstallRelease } from './release.ts';
import { restartsOf, sameKeys } from './rollout.ts';

const SMALL = { autoscaling: { enabled: false }, replicaCount: 2, resources: { requests: { cpu: '50m' } } };
const restartsAtStart = new Map<string, Map<string, number>>();

export const neighboursArrive: Step = {
  name: 'a second release runs in the same namespace, and a release of the same name in another namespace',
  async run(cluster, report) {
    const before = await podsOf(cluster);
    const elsewhere = otherNamespace(cluster);
    await elsewhere.kubectl(['create', 'namespace', elsewhere.namespace]);
    for (const neighbour of neighboursOf(cluster)) {
      await installRelease(neighbour, { values: SMALL });
      await helmTest.run(neighbour, () => {});
      restartsAtStart.set(key(neighbour), await restartsOf(neighbour));
      report(`${key(neighbour)}: ${(await podsOf(neighbour)).size} pods, helm test passes`);
    }
    must(sameKeys(before, await podsOf(cluster)), 'the first release to keep its pods');
  },
};

export const neighboursLeave: Step = {
  name: 'the neighbours were not affected by the steps, and uninstalling them does not affect the release',
  async run(cluster, report) {
    const before = await podsOf(cluster);
    for (const neighbour of neighboursOf(cluster)) {
      const [then, now] = [restartsAtStart.get(key(neighbour)) ?? new Map(), await restartsOf(neighbour)];
      report(`${key(neighbour)}: pods ${[...now.keys()].join(', ')}`);
      must(then.size > 0 && sameKeys(then, now), `the same pods as at the start: ${[...then.keys()].join(', ')}`);
      must(
        [...now].every(([pod, restarts]) => then.get(pod) === restarts),
        'no restart',
      );
      await uninstallRelease(neighbour, report);
    }
    const elsewhere = otherNamespace(cluster);
    await elsewhere.kubectl(['delete', 'namespace', elsewhere.namespace, '--wait', '--timeout=5m']);
    must(sameKeys(before, await podsOf(cluster)), 'the first release to keep its pods');
  },
};

function neighboursOf(cluster: Cluster): Cluster[] {
  return [cluster.as({ release: `${cluster.release}-second` }), otherNamespace(cluster)];
}

function otherNamespace(cluster: Cluster): Cluster {
  return cluster.as({ namespace: `${cluster.namespace}-other` });
}

function key({ namespace, release }: Cluster): string {
  return `${namespace}/${release}`;
}
