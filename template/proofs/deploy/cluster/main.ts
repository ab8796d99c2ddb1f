/**
 * Tests the service on a cluster: `KUBECONFIG=… SKIFF_IMAGE=… npm run test:cluster [scenario...]`. Creates namespaces and
 * deletes them; cordons one node for a while when there are several. Exits with 1 when a step failed and with 2 when the
 * cluster or the image is not given.
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
const outcomes = { passed: 0, failed: 0, 'not applicable': 0 };
const startedAt = performance.now();

const { KUBECONFIG, SKIFF_IMAGE, LONG, NODE_NETWORK } = process.env;
if (!KUBECONFIG || !SKIFF_IMAGE) {
  process.stderr.write(
    'This installs the service on a cluster and disrupts its pods and nodes, so both must be named:\n' +
      '  KUBECONFIG    file that names the cluster; there is no default\n' +
      '  SKIFF_IMAGE   image to test, as the nodes can pull it: registry.example.com/skiff:0.1.0\n' +
      'Optional:\n' +
      '  LONG=1        also run the slow steps\n' +
      '  CONSUL_IMAGE  image with a Consul agent, for the steps with Consul\n' +
      '  NODE_NETWORK  command that disconnects a node (`cut NODE`, `heal NODE`), for the loss of a node\n' +
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
  nodeNetwork: NODE_NETWORK,
});
const chosen = process.argv.slice(2);
const isChosen = ({ name, steps }: Scenario): boolean =>
  steps.length > 0 && (chosen.length === 0 || chosen.includes(name));
await Promise.all(suite.lanes.map((scenarios) => takeAll(scenarios.filter(isChosen))));
await takeAll(suite.alone.filter(isChosen));

const counts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
say(`\n${counts.join(', ')} (${secondsSince(startedAt)} s)`);
process.exitCode = outcomes.failed === 0 && outcomes.passed > 0 ? 0 : 1;

async function takeAll(scenarios: readonly Scenario[]): Promise<void> {
  for (const { name, steps, cleanUp } of scenarios) {
    const cluster = base.as({ namespace: `${run}-${name}`, release: `${run}-${name}` });
    await withNamespace(cluster, async () => {
      for (const [index, step] of steps.entries()) {
        // Without the first step there is nothing to test.
        if (!(await take(name, step, cluster)) && index === 0) break;
      }
    });
    await cleanUp?.(cluster);
  }
}

/** Runs a step, prints it as one block and returns whether it did not fail. */
async function take(scenario: string, step: Step, cluster: Cluster): Promise<boolean> {
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
    return end('failed', `: ${error instanceof Error ? error.message : error}`);
  }
}

/** Returns what helps to understand a failure: the pods and the latest events. */
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
