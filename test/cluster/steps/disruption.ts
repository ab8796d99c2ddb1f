import type { Cluster } from '../cluster.ts';
import { must, NotApplicable, type Step } from '../step.ts';
import { podsOf } from './release.ts';
import { underLoad } from './rollout.ts';

export const eviction: Step = {
  name: 'the disruption budget refuses to evict a second pod while the first is away',
  async run(cluster, tell) {
    const answers: string[] = [];
    const pods = [...(await podsOf(cluster)).keys()];
    for (const pod of pods) answers.push(`${pod}: ${await evict(cluster, pod)}`);
    for (const answer of answers) tell(answer);
    must(answers.filter((answer) => answer.endsWith('evicted')).length === 1, 'one to be evicted');
    must(answers.filter((answer) => answer.includes('disruption budget')).length === pods.length - 1, 'the others not');
    await cluster.kubectl(['rollout', 'status', `deployment/${cluster.release}`, '--timeout=5m']);
  },
};

export const drain: Step = {
  name: 'draining a node under load loses no request',
  async run(cluster, tell) {
    const nodes = await cluster.list(['nodes']);
    const usable = nodes.filter(({ spec }) => spec.unschedulable !== true);
    if (usable.length < 2) throw new NotApplicable('one node: its pods have nowhere to go');
    const [node = ''] = (await podsOf(cluster)).values();
    await underLoad(cluster, tell, async () => {
      // Only pods of the release: others are none of our business.
      const only = ['--pod-selector', 'app.kubernetes.io/name=skiff'];
      const anyway = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=5m'];
      try {
        await cluster.kubectl(['drain', node, ...only, ...anyway]);
        await cluster.kubectl(['rollout', 'status', `deployment/${cluster.release}`, '--timeout=5m']);
        const left = [...(await podsOf(cluster))].filter(([, where]) => where === node);
        tell(`${node} was drained, ${left.length} pods left on it`);
        must(left.length === 0, 'no pod left on it');
      } finally {
        await cluster.kubectl(['uncordon', node]);
      }
    });
  },
};

/** Asks for it as `kubectl drain` does, once. */
async function evict(cluster: Cluster, pod: string): Promise<string> {
  const { namespace } = cluster;
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
  try {
    await cluster.kubectl(['create', '--raw', path, '--filename', '-'], JSON.stringify(body));
    return 'evicted';
  } catch (error) {
    return String(error);
  }
}
