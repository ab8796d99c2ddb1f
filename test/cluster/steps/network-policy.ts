import { type Cluster, createCluster } from '../cluster.ts';
import { withNamespace } from '../namespace.ts';
import { runScript, toolPod } from '../pods.ts';
import { must, NotApplicable, type Step } from '../step.ts';

const LISTENER = "require('node:http').createServer((_, response) => response.end()).listen(8080)";

export const networkPolicy: Step = {
  name: 'the NetworkPolicy lets strangers to requests and not to metrics, and the service nowhere it need not go',
  async run(cluster, tell) {
    await withNamespace({ ...cluster, namespace: `${cluster.namespace}-stranger` }, async (names) => {
      const stranger = createCluster(names);
      await enforced(cluster, stranger);
      const service = `${cluster.release}.${cluster.namespace}`;
      const outside = await reach(stranger, [`http://${service}/healthz`, `http://${service}:9091/metrics`]);
      const inside = await reach(cluster, [`http://${service}/healthz`, `http://${service}:9091/metrics`]);
      const out = await cluster.kubectl([
        ...['exec', `deployment/${cluster.release}`, '--', '/nodejs/bin/node', '--input-type=module', '-e'],
        reachScript(['https://kubernetes.default.svc']),
      ]);
      tell(`from another namespace: ${outside}`);
      tell(`from its own: ${inside}`);
      tell(`from the service itself: ${out.trim()}`);
      must(outside === '200 no-answer', 'another namespace to get 200 and no answer');
      must(inside === '200 200', 'its own namespace to get 200 and 200');
      must(out.trim() === 'no-answer', 'the service to get no answer from the API server');
    });
  },
};

/** Many clusters take a NetworkPolicy and enforce none. */
async function enforced(cluster: Cluster, stranger: Cluster): Promise<void> {
  const name = 'closed';
  const labels = { 'app.kubernetes.io/name': name };
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'] },
  };
  const pod = toolPod({ name, image: cluster.image, command: ['/nodejs/bin/node', '-e', LISTENER] });
  const items = [policy, pod];
  await cluster.kubectl(['apply', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  try {
    await cluster.kubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);
    const address = await cluster.kubectl(['get', 'pod', name, '--output', 'jsonpath={.status.podIP}']);
    if ((await reach(stranger, [`http://${address}:8080/`])) === '200') {
      throw new NotApplicable('the network plug-in enforces no policies');
    }
  } finally {
    await cluster.kubectl(['delete', `pod/${name}`, `networkpolicy/${name}`]);
  }
}

function reach(cluster: Cluster, urls: readonly string[]): Promise<string> {
  return runScript(cluster, 'reach', reachScript(urls));
}

/** A line of JavaScript that prints a status for each URL, `no-answer`, or what else went wrong. */
export function reachScript(urls: readonly string[]): string {
  return `
    const silences = ['TimeoutError', 'ETIMEDOUT', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];
    const answers = ${JSON.stringify(urls)}.map(async (url) => {
      try {
        return (await fetch(url, { signal: AbortSignal.timeout(5000) })).status;
      } catch (error) {
        // A certificate that is not trusted has been shown by someone who answered.
        const reason = error.cause?.code ?? error.name;
        return silences.includes(reason) ? 'no-answer' : reason;
      }
    });
    console.log((await Promise.all(answers)).join(' '));`;
}
