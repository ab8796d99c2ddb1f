import { type Cluster, watchOf } from '../cluster.ts';
import { type Consul, startConsul } from '../consul.ts';
import { type Issuer, startIssuer } from '../issuer.ts';
import { underLoad } from '../load.ts';
import { apply, runScript } from '../pods.ts';
import { must, NotApplicable, type Report, type Step, secondsSince } from '../step.ts';
import { until } from '../until.ts';
import { defineMissingKinds } from './kinds.ts';
import { UNTIL_200 } from './reach.ts';
import { addressesOf, installRelease, uninstallRelease, upgradeRelease, type Values } from './release.ts';
import { send } from './send.ts';
import { shareFlags } from './shared-flags.ts';

const LIMIT_MS = 120_000;
const FILES = ['production', 'consul', 'observability'].map((name) => `values-${name}.yaml`);

/** Tests a production installation with all optional features, with Consul agents and an issuer in the cluster. */
export function productionSteps(consulImage: string | undefined): readonly Step[] {
  let dependencies: Dependencies | undefined;

  const step = (name: string, run: (cluster: Cluster, report: Report, found: Dependencies) => Promise<void>): Step => ({
    name,
    run(cluster, report) {
      if (dependencies === undefined) throw new NotApplicable('values-production.yaml is not installed');
      return run(cluster, report, dependencies);
    },
  });

  const arrive: Step = {
    name: 'values-production.yaml becomes ready with Consul, an issuer and every object',
    async run(cluster, report) {
      if (consulImage === undefined) throw new NotApplicable('CONSUL_IMAGE is not set');
      const startedAt = performance.now();
      const consul = await startConsul(cluster, consulImage);
      const issuer = await startIssuer(cluster);
      await defineMissingKinds(cluster);
      dependencies = { issuer, consul };
      report(`Consul and the issuer ready after ${secondsSince(startedAt)} s`);
      await applyToken(cluster);
      const installed = performance.now();
      await installRelease(cluster, { files: FILES, values: valuesFor(consul, issuer) });
      const watch = watchOf('deployment', cluster.release, '{.status.readyReplicas}');
      await cluster.lineOf(watch, (line) => Number(line) === 3, LIMIT_MS);
      report(`3 pods ready after ${secondsSince(installed)} s`);
    },
  };

  const discovery = step(
    'every instance is registered with a passing check and finds the others',
    async (cluster, report, { consul, issuer }) => {
      const startedAt = performance.now();
      const passing = await consul.passing(3);
      report(`passing after ${secondsSince(startedAt)} s: ${passing.join(', ')}`);
      const token = issuer.token(['admin']);
      // Each instance follows the catalog on its own.
      const isComplete = ({ items, complete }: Peers) => items.length === 3 && complete;
      const peers = await until<Peers>(() => send(cluster, 'GET', '/v1/peers', token), isComplete);
      report(`GET /v1/peers: ${peers.items.length} instances, complete: ${peers.complete}`);
      must(isComplete(peers), 'three instances that all respond');
    },
  );

  const store = step(
    'a setting in the KV store is applied by every instance',
    async (cluster, report, { consul, issuer }) => {
      const startedAt = performance.now();
      await consul.put('config/skiff/log.level', 'debug');
      const addresses = await addressesOf(cluster);
      await runScript(cluster, 'levels', untilLevel(addresses, 'debug', issuer.token(['admin'])));
      report(
        `log level debug on ${addresses.length} instances at most ${secondsSince(startedAt)} s after the key was written`,
      );
    },
  );

  const flags = step('replicas share their flags', (cluster, report, { issuer }) =>
    shareFlags(cluster, report, issuer),
  );

  const rolling = step(
    'a rolling upgrade loses no request of clients that discover instances in Consul, and removes old instances from the catalog',
    async (cluster, report, { consul }) => {
      const before = await addressesOf(cluster);
      const query = `${consul.url}/v1/health/service/skiff?passing=true`;
      const paths = ['/version', '/healthz'];
      await underLoad(cluster, report, () => upgradeRelease(cluster, { podAnnotations: { round: '2' } }), {
        urls: paths.map((path) => `http://discovered${path}`),
        discover: query,
      });
      const areNew = (addresses: readonly string[]) =>
        !addresses.some((address) => before.some((old) => address.startsWith(`${old}:`)));
      // The last new instance may register after the last old one has left the Deployment.
      const passing = await until(() => consul.passing(3), areNew);
      report(`passing afterwards: ${passing.join(', ')}`);
      must(areNew(passing), 'only new instances');
    },
  );

  const leave = step(
    'uninstalling values-production.yaml deregisters every instance',
    async (cluster, report, found) => {
      await uninstallRelease(cluster, report);
      await found.consul.passing(0);
      report('no instance left in the catalog');
    },
  );

  return [arrive, discovery, store, flags, rolling, leave];
}

interface Peers {
  readonly items: readonly object[];
  readonly complete: boolean;
}

interface Dependencies {
  readonly issuer: Issuer;
  readonly consul: Consul;
}

function valuesFor(consul: Consul, issuer: Issuer): Values {
  const namespaceOf = (name: string): object => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  });
  return {
    autoscaling: { maxReplicas: 3 },
    config: { auth: issuer.auth },
    networkPolicy: { metricsFrom: [namespaceOf('monitoring'), namespaceOf(consul.namespace)] },
    secretMounts: { [issuer.secret]: '/etc/skiff/issuer' },
    extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/skiff/issuer/ca.crt' }],
  };
}

/** Creates the token Secret. The agents run without access control and accept any token. */
async function applyToken(cluster: Cluster): Promise<void> {
  const stringData = { token: '00000000-0000-0000-0000-000000000001' };
  await apply(cluster, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'skiff-consul' }, stringData });
}

function untilLevel(addresses: readonly string[], level: string, token: string): string {
  return `
    ${UNTIL_200}
    const deadline = Date.now() + 30_000;
    for (const address of ${JSON.stringify(addresses)}) {
      for (let level; level !== '${level}'; await new Promise((resolve) => setTimeout(resolve, 100))) {
        if (Date.now() > deadline) throw new Error(address + ': ' + level);
        const response = await until200('http://' + address + ':9091/loglevel', { headers: { authorization: 'Bearer ${token}' } });
        level = (await response.json()).level;
      }
    }`;
}
