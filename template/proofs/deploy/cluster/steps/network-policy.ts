import type { Cluster } from '../cluster.ts';
import { withNamespace } from '../namespace.ts';
import { apply, execScript, NODE, runScript, toolPod } from '../pods.ts';
import { must, NotApplicable, type Step } from '../step.ts';
import { reachScript } from './reach.ts';

const LISTENER = "require('node:http').createServer((_, response) => response.end()).listen(8080)";

export const networkPolicy: Step = {
  name: 'the NetworkPolicy admits requests but not scrapes from other namespaces, and limits outgoing connections',
  async run(cluster, report) {
    await withNamespace(cluster.as({ namespace: `${cluster.namespace}-outside` }), async (outsider) => {
      await requireEnforcement(cluster, outsider);
      const service = `${cluster.release}.${cluster.namespace}`;
      const [requests, metrics] = [`http://${service}/healthz`, `http://${service}:9091/metrics`];
      const outside = await runScript(outsider, 'reach', reachScript([metrics], [requests]));
      const inside = await runScript(cluster, 'reach', reachScript([], [requests, metrics]));
      const own = reachScript(['https://kubernetes.default.svc']);
      const out = await execScript(cluster, `deployment/${cluster.release}`, own);
      report(`from another namespace: ${outside}`);
      report(`from its own namespace: ${inside}`);
      report(`from the service to the API server: ${out}`);
      must(outside === '200 no-response', '200 and no response for another namespace');
      must(inside === '200 200', '200 and 200 for its own namespace');
      must(out === 'no-response', 'no response from the API server to the service');
    });
  },
};

/** Throws `NotApplicable` if the cluster accepts NetworkPolicies without enforcing them, as many clusters do. */
export async function requireEnforcement(cluster: Cluster, outsider: Cluster): Promise<void> {
  const name = 'closed';
  const labels = { 'app.kubernetes.io/name': name };
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'] },
  };
  await apply(cluster, policy, toolPod({ name, image: cluster.image, command: [NODE, '-e', LISTENER] }));
  try {
    await cluster.kubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);
    const address = await cluster.kubectl(['get', 'pod', name, '--output', 'jsonpath={.status.podIP}']);
    const host = address.includes(':') ? `[${address}]` : address;
    // The policy may take a moment to apply to a new pod.
    const script = `
      for (let attempt = 0, closed = false; attempt < 10 && !closed; attempt += 1) {
        closed = await fetch('http://${host}:8080/', { signal: AbortSignal.timeout(2000) }).then(() => false, () => true);
        if (attempt === 9 || closed) console.log(closed ? 'enforced' : 'ignored');
        await new Promise((resolve) => setTimeout(resolve, 500));
      }`;
    if ((await runScript(outsider, 'probe', script)) === 'ignored') {
      throw new NotApplicable('the network plug-in does not enforce NetworkPolicies');
    }
  } finally {
    await cluster.kubectl(['delete', `pod/${name}`, `networkpolicy/${name}`]);
  }
}
