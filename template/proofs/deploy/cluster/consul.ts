import type { Cluster } from './cluster.ts';
import { apply, runScript } from './pods.ts';
import { must } from './step.ts';

const NAME = 'consul';
const SERVICE = 'skiff';

/** Consul agents in the cluster, one on each node. */
export interface Consul {
  /** URL of an agent that a pod can reach. */
  readonly url: string;
  readonly namespace: string;
  /** Waits until exactly `count` instances pass their checks, and returns their addresses. */
  passing(count: number, limitMs?: number): Promise<string[]>;
  put(key: string, value: string): Promise<void>;
}

/**
 * Starts a server agent in the host network of each schedulable node, where the chart expects an agent. The agents run in a
 * separate namespace, which is deleted together with that of the scenario.
 */
export async function startConsul(cluster: Cluster, image: string): Promise<Consul> {
  const own = cluster.as({ namespace: `${cluster.namespace}-consul` });
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  await own.kubectl(
    ['create', '--filename', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: own.namespace, labels } }),
  );
  const nodes = (await own.list(['nodes'])).filter(
    ({ spec }) => !spec.taints?.some(({ effect }) => effect !== 'PreferNoSchedule'),
  );
  const addresses = nodes.flatMap(({ status }) => status?.addresses ?? []).filter(({ type }) => type === 'InternalIP');
  const [first] = addresses;
  must(first !== undefined, 'a schedulable node with an address');
  await apply(
    own,
    agents(
      image,
      addresses.map(({ address }) => address),
    ),
  );
  await own.kubectl(['rollout', 'status', `daemonset/${NAME}`, '--timeout=120s']);
  const url = `http://${first.address}:8500`;
  await runScript(own, 'leader', waitFor(`${url}/v1/status/leader`, "body !== ''", "''", 60_000));

  const consul = (...args: string[]): Promise<string> =>
    own.kubectl(['exec', `daemonset/${NAME}`, '--', 'consul', ...args]);
  return {
    url,
    namespace: own.namespace,
    async passing(count, limitMs = 60_000) {
      const query = `${url}/v1/health/service/${SERVICE}?passing=true`;
      const address = '({ Service }) => Service.Address + ":" + Service.Port';
      const printed = await runScript(
        own,
        'catalog',
        waitFor(query, `body.length === ${count}`, `body.map(${address}).sort().join(" ")`, limitMs),
      );
      return printed === '' ? [] : printed.split(' ');
    },
    put: async (key, value) => void (await consul('kv', 'put', key, value)),
  };
}

function agents(image: string, addresses: readonly string[]): object {
  const labels = { 'app.kubernetes.io/name': NAME };
  const fromField = (fieldPath: string): object => ({ valueFrom: { fieldRef: { fieldPath } } });
  const command = [
    ...['consul', 'agent', '-server', `-bootstrap-expect=${addresses.length}`, '-data-dir=/data', '-node=$(NODE_NAME)'],
    ...['-bind=$(HOST_IP)', '-client=0.0.0.0', ...addresses.map((address) => `-retry-join=${address}`)],
  ];
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: NAME },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'agent',
              image,
              command,
              env: [
                { name: 'NODE_NAME', ...fromField('spec.nodeName') },
                { name: 'HOST_IP', ...fromField('status.hostIP') },
              ],
              volumeMounts: [{ name: 'data', mountPath: '/data' }],
            },
          ],
          volumes: [{ name: 'data', emptyDir: {} }],
        },
      },
    },
  };
}

/** Returns a script that fetches JSON until a condition on `body` holds, then prints the value of an expression. */
function waitFor(url: string, condition: string, result: string, limitMs: number): string {
  return `
    for (const deadline = Date.now() + ${limitMs}; ; ) {
      const body = await fetch('${url}').then((response) => response.ok ? response.json() : '').catch(() => '');
      if (body !== '' && ${condition}) { console.log(${result}); break; }
      if (Date.now() > deadline) throw new Error('${url}: ' + JSON.stringify(body));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }`;
}
