/**
 * Proves the service on a cluster: `KUBECONFIG=… SKIFF_IMAGE=… npm run test:cluster`. Makes namespaces of its own and
 * deletes them; cordons one node for a while when there are several. Exits 1 when a step failed, 2 when it cannot begin.
 */
import { randomBytes } from 'node:crypto';
import { type Cluster, createCluster } from './cluster.ts';
import { withNamespace } from './namespace.ts';
import { NotApplicable, type Step } from './step.ts';
import { drain, eviction } from './steps/disruption.ts';
import { metrics } from './steps/metrics.ts';
import { networkPolicy } from './steps/network-policy.ts';
import { helmTest, install, uninstall } from './steps/release.ts';
import { deletion, upgrade } from './steps/rollout.ts';
import { scaling } from './steps/scaling.ts';

const STEPS: readonly Step[] = [helmTest, metrics, networkPolicy, upgrade, deletion, eviction, drain, scaling];

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const outcomes = { passed: 0, failed: 0, 'not applicable': 0 };

const { KUBECONFIG, SKIFF_IMAGE } = process.env;
if (!KUBECONFIG || !SKIFF_IMAGE) {
  process.stderr.write(
    'This installs the service on a cluster and pulls its pods from under it, so it asks to be told which:\n' +
      '  KUBECONFIG   the file that names the cluster; it is never guessed\n' +
      '  SKIFF_IMAGE  the image to test, as the nodes can pull it: registry.example.com/skiff:0.1.0\n' +
      'docs/operations.md shows how to make a cluster with kind, k3d or minikube.\n',
  );
  process.exit(2);
}

const release = 'skiff';
const namespace = `skiff-test-${randomBytes(3).toString('hex')}`;
const names = { namespace, release, image: SKIFF_IMAGE };
const version = await createCluster(names).kubectl(['version', '--output', 'json']);
const { serverVersion } = JSON.parse(version);
say(`Kubernetes ${serverVersion.gitVersion}, image ${SKIFF_IMAGE}, namespace ${namespace}`);

await withNamespace(names, async () => {
  const cluster = createCluster(names);
  // Without it there is nothing that the others could look at.
  if (!(await take(install, cluster))) return;
  for (const step of STEPS) await take(step, cluster);
  await take(uninstall, cluster);
});

const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
say(`\n${counts.join(', ')}`);
process.exitCode = outcomes.failed === 0 ? 0 : 1;

/** Whether a step passed or means nothing here. */
async function take(step: Step, cluster: Cluster): Promise<boolean> {
  const begun = performance.now();
  const end = (outcome: keyof typeof outcomes, reason = ''): boolean => {
    outcomes[outcome] += 1;
    say(`--- ${outcome} (${Math.round((performance.now() - begun) / 1000)} s)${reason}`);
    return outcome !== 'failed';
  };
  say(`\n=== ${step.name}`);
  try {
    await step.run(cluster, (seen) => say(`    ${seen}`));
    return end('passed');
  } catch (error) {
    if (error instanceof NotApplicable) return end('not applicable', `: ${error.message}`);
    return end('failed', `: ${error instanceof Error ? error.message : error}`);
  }
}
