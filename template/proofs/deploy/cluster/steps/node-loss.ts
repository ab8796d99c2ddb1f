import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cluster } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { must, NotApplicable, type Step, secondsSince } from '../step.ts';
import { install, podsOf } from './release.ts';

/** Shortens the default of five minutes after which Kubernetes replaces the pods of a lost node. */
const TOLERATION_SECONDS = 10;
/** Time within which every node knows that a pod has left the Service. */
const PROPAGATION_MS = 10_000;
const CONCURRENCY = 8;
/**
 * Requests that may fail later: Linux keeps the destination that it chose for a connection to a lost pod for two minutes, and
 * sends a new connection with the same source port there too.
 */
const MAX_STRAY = 8;
/** Higher than any response takes, so that the only requests that reach it are those sent to a lost pod. */
const REQUEST_LIMIT_MS = 5_000;

const tolerations = ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: TOLERATION_SECONDS,
}));

export const installForNodeLoss = install({ values: { tolerations } });

/** `command cut NODE` disconnects a node from the network, `command heal NODE` connects it again. */
export function nodeLoss(command: string | undefined): Step {
  return {
    name: 'the loss of a node fails requests only until the node controller detects it',
    async run(cluster, report) {
      if (command === undefined) throw new NotApplicable('NODE_NETWORK is not set');
      const [pod, lost, survivor] = await chooseNode(cluster);
      const address = await cluster.kubectl([
        'get',
        'service',
        cluster.release,
        '--output',
        'jsonpath={.spec.clusterIP}',
      ]);
      const base = `http://${address.includes(':') ? `[${address}]` : address}`;
      const network = (verb: 'cut' | 'heal'): Promise<unknown> => promisify(execFile)(command, [verb, lost]);
      // The node controller waits 40 to 50 s for a heartbeat. Until then the Service routes connections to lost pods.
      let leftAfterMs = 0;
      let leftAt = Number.POSITIVE_INFINITY;
      const act = async (): Promise<void> => {
        const startedAt = performance.now();
        await network('cut');
        try {
          await cluster.kubectl(['wait', `pod/${pod}`, '--for=condition=Ready=false', '--timeout=3m']);
          leftAfterMs = performance.now() - startedAt;
          leftAt = Date.now();
          report(`${pod} on ${lost} left the Service ${secondsSince(startedAt)} s after the node was cut off`);
          await cluster.kubectl(['wait', `pod/${pod}`, '--for=jsonpath={.metadata.deletionTimestamp}', '--timeout=3m']);
          const available = '--for=jsonpath={.status.readyReplicas}=2';
          await cluster.kubectl(['wait', `deployment/${cluster.release}`, available, '--timeout=3m']);
          report(`replaced after ${secondsSince(startedAt)} s`);
        } finally {
          await network('heal');
        }
        await cluster.kubectl(['wait', `node/${lost}`, '--for=condition=Ready', '--timeout=2m']);
        await cluster.kubectl(['wait', `pod/${pod}`, '--for=delete', '--timeout=2m']);
        report(`${lost} is ready again, ${secondsSince(startedAt)} s after it was cut off`);
      };
      const counts = await underLoad(cluster, report, act, {
        urls: [`${base}/version`, `${base}/healthz`],
        concurrency: CONCURRENCY,
        limitMs: REQUEST_LIMIT_MS,
        node: survivor,
        tolerance: () => {
          // A request to a lost pod ends at its time limit, or earlier with EHOSTUNREACH.
          const failed = (CONCURRENCY * (leftAfterMs + PROPAGATION_MS)) / 1_000;
          return { failed, failingMs: Number.POSITIVE_INFINITY };
        },
      });
      const late = counts.failedAt.filter((at) => at > leftAt + PROPAGATION_MS).length;
      report(`${late} requests failed later than ${PROPAGATION_MS / 1_000} s after the pod had left the Service`);
      must(late <= MAX_STRAY, `at most ${MAX_STRAY} requests to fail later`);
      must(counts.failed > 0, 'some failed requests, as otherwise the node was not disconnected');
    },
  };
}

/** Returns a pod, its node and another node. The lost node must not run the cluster's DNS, which is not under test. */
async function chooseNode(cluster: Cluster): Promise<[pod: string, lost: string, survivor: string]> {
  const dns = await cluster.as({ namespace: 'kube-system' }).list(['pods', '--selector', 'k8s-app=kube-dns']);
  const withDns = new Set(dns.map(({ spec }) => spec.nodeName));
  const pods = await podsOf(cluster);
  const found = [...pods].find(([, node]) => !withDns.has(node));
  const survivor = [...pods.values()].find((node) => node !== found?.[1]);
  if (found === undefined || survivor === undefined) {
    throw new NotApplicable('every node that runs the service also runs the DNS, or there is only one');
  }
  return [...found, survivor];
}
