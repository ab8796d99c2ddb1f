/**
 * Tests the service on a cluster: `KUBECONFIG=… SKIFF_IMAGE=… npm run test:cluster [scenario...]`. Creates and deletes
 * namespaces, and temporarily cordons a node if there are several. Exits with 1 if a step failed, and with 2 if the cluster
 * or the image is not set.
 */
import { randomBytes } from 'node:crypto';
import { delimiter, join } from 'node:path';
import { type Cluster, createCluster } from './cluster.ts';
import { withNamespace } from './namespace.ts';
import { createSuite, type Scenario } from './scenarios.ts';
import { NotApplicable, type Step, secondsSince } from './step.ts';

/** Where `scripts/install-kubernetes-tools.sh` puts helm and kubectl. */
const TOOLS = join(import.meta.dirname, '../../../../.cache/kubernetes/bin');
process.env.PATH = `${TOOLS}${delimiter}${process.env.PATH}`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const failures: string[] = [];
const outcomes = { passed: 0, failed: 0, 'not applicable': 0 };
const startedAt = performance.now();

const { KUBECONFIG, SKIFF_IMAGE, LONG, NODE_NETWORK } = process.env;
if (!KUBECONFIG || !SKIFF_IMAGE) {
  process.stderr.write(
    'This suite installs the service on a cluster and disrupts its pods and nodes. Required environment variables:\n' +
      '  KUBECONFIG    kubeconfig of the cluster; there is no default\n' +
      '  SKIFF_IMAGE   image to test, which the nodes must be able to pull: registry.example.com/skiff:0.1.0\n' +
      'Optional:\n' +
      '  LONG=1        also run the slow steps\n' +
      '  CONSUL_IMAGE  image with a Consul agent, for the steps with Consul\n' +
      '  POSTGRES_IMAGE  image with PostgreSQL, for the steps with PostgreSQL\n' +
      '  NODE_NETWORK  command that disconnects and reconnects a node (`cut NODE`, `heal NODE`), for the loss of a node\n' +
      'template/cluster/README.md shows how to create a cluster with kind, k3d or minikube.\n',
  );
  process.exit(2);
}

const run = `skiff-test-${randomBytes(2).toString('hex')}`;
const base = createCluster({ namespace: run, release: run, image: SKIFF_IMAGE });
const { serverVersion } = JSON.parse(await base.kubectl(['version', '--output', 'json']));
say(`Kubernetes ${serverVersion.gitVersion}, image ${SKIFF_IMAGE}, namespaces ${run}-*`);

const suite = await createSuite({
  long: LONG === '1',
  consulImage: process.env.CONSUL_IMAGE,
  postgresImage: process.env.POSTGRES_IMAGE,
  nodeNetwork: NODE_NETWORK,
});
const selected = process.argv.slice(2);
const isSelected = ({ name, steps }: Scenario): boolean =>
  steps.length > 0 && (selected.length === 0 || selected.includes(name));
await Promise.all(suite.lanes.map((scenarios) => runAll(scenarios.filter(isSelected))));
await runAll(suite.alone.filter(isSelected));

const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
for (const failure of failures) say(failure);
say(`\n${counts.join(', ')} (${secondsSince(startedAt)} s)`);
process.exitCode = outcomes.failed === 0 && outcomes.passed > 0 ? 0 : 1;

async function runAll(scenarios: readonly Scenario[]): Promise<void> {
  for (const { name, steps, cleanUp } of scenarios) {
    const cluster = base.as({ namespace: `${run}-${name}`, release: `${run}-${name}` });
    await withNamespace(cluster, async () => {
      for (const [index, step] of steps.entries()) {
        // The other steps depend on the first one.
        if (!(await runStep(name, step, cluster)) && index === 0) break;
      }
    });
    await cleanUp?.(cluster);
  }
}

/** Runs a step and prints its output as one block. Returns false if it failed. */
async function runStep(scenario: string, step: Step, cluster: Cluster): Promise<boolean> {
  const started = performance.now();
  const lines = [`\n=== ${scenario}: ${step.name}`];
  const end = (outcome: keyof typeof outcomes, reason = ''): boolean => {
    outcomes[outcome] += 1;
    say([...lines, `--- ${outcome} (${secondsSince(started)} s)${reason}`].join('\n'));
    return outcome !== 'failed';
  };
  try {
    await step.run(cluster, (line) => lines.push(`    ${line}`));
    return end('passed');
  } catch (error) {
    if (error instanceof NotApplicable) return end('not applicable', `: ${error.message}`);
    lines.push(...(await stateOf(cluster)));
    const reason = `: ${error instanceof Error ? error.message : error}`;
    failures.push(`FAILED ${scenario}: ${step.name}${reason}`);
    return end('failed', reason);
  }
}

/** Returns the pods and the latest events, for diagnosis of a failure. */
async function stateOf(cluster: Cluster): Promise<string[]> {
  const events = ['get', 'events', '--sort-by=.lastTimestamp', '--no-headers'];
  const printed = await Promise.allSettled([
    cluster.kubectl(['get', 'pods', '--output', 'wide']),
    cluster.kubectl(events),
  ]);
  return printed.flatMap((each) => {
    const text = each.status === 'fulfilled' ? each.value : String(each.reason);
    return text
      .trim()
      .split('\n')
      .slice(-15)
      .map((line) => `    | ${line}`);
  });
}
