import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, watchOf } from '../cluster.ts';
import { apply, NODE } from '../pods.ts';
import { must, type Step, secondsSince } from '../step.ts';
import { uninstallRelease } from './release.ts';

export const CONTROLLER = { controller: { enabled: true } };

const TRACKER = 'report';
const SIZE = 3;
const LIMIT_MS = 90_000;

interface Status {
  readonly active: number;
  readonly succeeded: number;
  readonly nodes: readonly string[];
}

/** A Job that runs Node with the image under test, as the restricted Pod Security Standard allows. */
function job({ image }: Cluster, name: string): object {
  const container = {
    name: 'job',
    image,
    command: [NODE, '-e', 'console.log(process.pid)'],
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: { report: TRACKER } },
    spec: {
      template: {
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [container],
        },
      },
    },
  };
}

async function untilReady(cluster: Cluster, succeeded: number): Promise<Status> {
  const watch = watchOf('jobtracker', TRACKER, '{.status}');
  const isCounted = (line: string) => {
    const status: Partial<Status> = line === '' ? {} : JSON.parse(line);
    return status.succeeded === succeeded && status.active === 0;
  };
  return JSON.parse(await cluster.lineOf(watch, isCounted, LIMIT_MS));
}

async function leaderOf(cluster: Cluster): Promise<string> {
  const holder = await cluster.kubectl(['get', 'leases', '--output', 'jsonpath={.items[*].spec.holderIdentity}']);
  return holder.split('_')[0] ?? '';
}

export const converges: Step = {
  name: 'the controller becomes ready and counts the Jobs of a JobTracker',
  async run(cluster, report) {
    const startedAt = performance.now();
    await cluster.kubectl(['rollout', 'status', `deployment/${cluster.release}-controller`, '--timeout', '2m']);
    const selector = { matchLabels: { report: TRACKER } };
    await apply(
      cluster,
      {
        apiVersion: 'batch.example.com/v1',
        kind: 'JobTracker',
        metadata: { name: TRACKER },
        spec: { selector, size: SIZE },
      },
      ...Array.from({ length: SIZE }, (_, index) => job(cluster, `report-${index}`)),
    );
    const { nodes } = await untilReady(cluster, SIZE);
    await cluster.kubectl(['wait', `jobtracker/${TRACKER}`, '--for=condition=Ready', '--timeout=60s']);
    report(`${SIZE} Jobs on ${nodes.join(', ')} after ${secondsSince(startedAt)} s`);
    report((await cluster.kubectl(['get', 'jt', TRACKER])).trim().split('\n').at(-1) ?? '');
    must(nodes.length > 0, 'the nodes of the pods');
  },
};

export const leaderDeleted: Step = {
  name: 'when the pod of the leader is deleted, the other one takes over',
  async run(cluster, report) {
    const before = await leaderOf(cluster);
    must(before.startsWith(`${cluster.release}-controller-`), `a pod of the controller as the leader, not "${before}"`);
    const startedAt = performance.now();
    await cluster.kubectl(['delete', 'pod', before, '--wait', '--timeout=60s']);
    report(`${before} was removed after ${secondsSince(startedAt)} s`);
    await apply(cluster, job(cluster, 'report-more'));
    await untilReady(cluster, SIZE + 1);
    const after = await leaderOf(cluster);
    report(`${after} leads, Job counted after ${secondsSince(startedAt)} s`);
    must(after !== before, 'another leader');
  },
};

export const uninstallController: Step = {
  name: 'helm uninstall deletes all objects except the CRD, and JobTrackers can be deleted before',
  async run(cluster, report) {
    await cluster.kubectl(['delete', 'jobtracker', TRACKER, '--timeout=60s']);
    await cluster.kubectl(['delete', 'jobs', '--selector', `report=${TRACKER}`]);
    await uninstallRelease(cluster, report);
    const kinds = 'roles,rolebindings,pods';
    const selector = `app.kubernetes.io/instance=${cluster.release}`;
    let left = await cluster.list([kinds, '--selector', selector]);
    for (let wait = 0; left.length > 0 && wait < 30; wait += 1) {
      await delay(1_000);
      left = await cluster.list([kinds, '--selector', selector]);
    }
    must(left.length === 0, `nothing left, but there is ${left.map(({ metadata }) => metadata.name).join(', ')}`);
    await cluster.kubectl(['get', 'crd', 'jobtrackers.batch.example.com']);
  },
};

/** The chart keeps it on purpose. */
export async function deleteCrd(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', 'crd', 'jobtrackers.batch.example.com', '--ignore-not-found']);
}
