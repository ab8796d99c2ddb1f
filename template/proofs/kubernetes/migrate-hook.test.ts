import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startApiServer } from '../../support/kubernetes/api-server.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CHART = join(ROOT, 'charts/skiff');
/** Where `scripts/install-kubernetes-tools.sh` puts helm. */
const TOOLS = join(ROOT, '.cache/kubernetes/bin');

/** Time limit of every wait. */
const WITHIN = { timeout: 60_000 };

const server = await startApiServer({ controllerManager: true });
afterAll(server.stop);

/** Starts an installation, and waits until it has created the pod of the Job. There are no nodes, so the pod does not run. */
async function install(namespace: string) {
  await server.api('POST', '/api/v1/namespaces', {
    metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  const values = ['--values', join(CHART, 'values-postgres.yaml')];
  const args = ['install', 'skiff', CHART, '--namespace', namespace, ...values, '--timeout', '60s'];
  const env = { ...process.env, KUBECONFIG: server.adminKubeconfig, PATH: `${TOOLS}${delimiter}${process.env.PATH}` };
  const helm = Promise.withResolvers<{ failed: boolean; output: string }>();
  const child = execFile('helm', args, { env }, (error, stdout, stderr) =>
    helm.resolve({ failed: error !== null, output: stdout + stderr }),
  );
  onTestFinished(() => void child.kill());
  const list = async (path: string) => (await server.api('GET', path)).items as { metadata: { name: string } }[];
  const core = `/api/v1/namespaces/${namespace}`;
  const pods = () => list(`${core}/pods?labelSelector=app.kubernetes.io/component=migrate`);
  await expect.poll(pods, WITHIN).toHaveLength(1);
  const [pod] = await pods();
  return {
    helm: helm.promise,
    pods,
    deployments: () => list(`/apis/apps/v1/namespaces/${namespace}/deployments`),
    jobs: () => list(`/apis/batch/v1/namespaces/${namespace}/jobs`),
    accounts: () => list(`${core}/serviceaccounts`),
    policies: () => list(`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`),
    /** Reports that the program in the pod has ended, as the kubelet does. */
    endPod: (exitCode: number) =>
      server.api('PATCH', `${core}/pods/${pod?.metadata.name}/status`, {
        status: {
          phase: exitCode === 0 ? 'Succeeded' : 'Failed',
          containerStatuses: [
            {
              name: 'skiff',
              image: 'skiff',
              imageID: '',
              ready: false,
              restartCount: 0,
              state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } },
            },
          ],
        },
      }),
  };
}

const names = (objects: readonly { metadata: { name: string } }[]) => objects.map(({ metadata }) => metadata.name);

test('the release is installed once the Job has succeeded, and nothing of the Job remains', async () => {
  const { helm, deployments, jobs, accounts, policies, endPod } = await install('succeeds');
  expect(names(await policies())).toEqual(['skiff-migrate']);
  expect(await deployments()).toEqual([]);
  await endPod(0);
  expect(await helm).toMatchObject({ failed: false });
  expect(names(await deployments())).toEqual(['skiff']);
  expect(names(await policies())).toEqual(['skiff']);
  expect(names(await accounts())).not.toContain('skiff-migrate');
  await expect.poll(jobs, WITHIN).toEqual([]);
});

test('the release is not installed if the configuration is invalid, and the Job remains with its pod', async () => {
  const { helm, deployments, jobs, pods, endPod } = await install('fails');
  await endPod(78);
  const { failed, output } = await helm;
  expect([failed, output]).toEqual([true, expect.stringContaining('skiff-migrate')]);
  expect(await deployments()).toEqual([]);
  expect(names(await jobs())).toEqual(['skiff-migrate']);
  // It is not tried again.
  expect(await pods()).toHaveLength(1);
});

test('a failed migration is tried again in a new pod', async () => {
  const { deployments, pods, endPod } = await install('retries');
  await endPod(1);
  await expect.poll(pods, WITHIN).toHaveLength(2);
  expect(await deployments()).toEqual([]);
});
