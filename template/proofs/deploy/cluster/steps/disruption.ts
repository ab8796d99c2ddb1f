import type { Cluster } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { must, NotApplicable, type Step } from '../step.ts';
import { podsOf, settled } from './release.ts';

const DRAIN_LIMIT_MS = 5 * 60_000;
const RETRY_MS = 1_000;

export const eviction: Step = {
  name: 'the disruption budget rejects the eviction of a second pod until the first is replaced',
  async run(cluster, report) {
    const outcomes: string[] = [];
    const pods = [...(await podsOf(cluster)).keys()];
    for (const pod of pods) outcomes.push(`${pod}: ${await evict(cluster, pod)}`);
    for (const outcome of outcomes) report(outcome);
    must(outcomes.filter((outcome) => outcome.endsWith('evicted')).length === 1, 'one pod to be evicted');
    const rejected = outcomes.filter((outcome) => outcome.includes('disruption budget'));
    must(rejected.length === pods.length - 1, 'the other evictions to be rejected');
    await settled(cluster);
  },
};

export const drain: Step = {
  name: 'draining a node under load loses no request',
  async run(cluster, report) {
    const nodes = await cluster.list(['nodes']);
    const schedulable = nodes.filter(({ spec }) => spec.unschedulable !== true);
    if (schedulable.length < 2) throw new NotApplicable('the pods of a single node cannot be moved');
    const [node = ''] = (await podsOf(cluster)).values();
    await underLoad(cluster, report, async () => {
      try {
        await cluster.kubectl(['cordon', node]);
        await evictFrom(cluster, node);
        const left = [...(await settled(cluster)).values()].filter((where) => where === node);
        report(`${node} was drained, ${left.length} pods left on it`);
        must(left.length === 0, 'no pod of the release on the node');
      } finally {
        await cluster.kubectl(['uncordon', node]);
      }
    });
  },
};

/**
 * Evicts the release's pods from a node, one by one by name. `kubectl drain` is not used because its --pod-selector ignores
 * the namespace and would also evict pods of a release with the same name in another namespace.
 */
async function evictFrom(cluster: Cluster, node: string): Promise<void> {
  const deadline = performance.now() + DRAIN_LIMIT_MS;
  const names = [...(await podsOf(cluster))].filter(([, where]) => where === node).map(([name]) => name);
  for (const pod of names) {
    for (let outcome = ''; outcome !== 'evicted'; ) {
      must(performance.now() < deadline, `${pod} to be evicted, not: ${outcome}`);
      outcome = await evict(cluster, pod);
      if (outcome !== 'evicted') await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  for (const pod of names) await cluster.kubectl(['wait', `pod/${pod}`, '--for=delete', '--timeout=2m']);
}

/** Requests the eviction once and returns `evicted` or the API server's reason for rejecting it. */
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
