import type { Cluster } from '../cluster.ts';
import { underLoad } from '../load.ts';
import { apply, execScript, NODE, toolPod } from '../pods.ts';
import { type Postgres, startPostgres } from '../postgres.ts';
import { must, NotApplicable, type Report, type Step, secondsSince } from '../step.ts';
import { requireEnforcement } from './network-policy.ts';
import { imageValues, installRelease, podsOf, upgradeRelease, type Values } from './release.ts';
import { sameKeys } from './rollout.ts';

/** Names of the Secrets in values-postgres.yaml. */
const URLS = 'skiff-postgres';
const CA = 'skiff-postgres-ca';

/**
 * Tests an installation on PostgreSQL, over TLS, with a Job that applies the migrations as another user. The images of the
 * later releases have the same program, and the migrations in ../migrations.
 */
export function postgresSteps(image: string | undefined): readonly Step[] {
  let database: Postgres | undefined;

  const step = (name: string, run: (cluster: Cluster, report: Report, postgres: Postgres) => Promise<void>): Step => ({
    name,
    run(cluster, report) {
      if (database === undefined) throw new NotApplicable('the service is not installed on PostgreSQL');
      return run(cluster, report, database);
    },
  });

  const arrive: Step = {
    name: 'values-postgres.yaml becomes ready after its Job has applied the migrations',
    async run(cluster, report) {
      if (image === undefined) throw new NotApplicable('POSTGRES_IMAGE is not set');
      const postgres = await startPostgres(cluster, image);
      database = postgres;
      await applySecrets(cluster, postgres);
      const startedAt = performance.now();
      await installRelease(cluster, { files: ['values-postgres.yaml'], values: valuesFor(postgres) });
      report(`ready after ${secondsSince(startedAt)} s, migrations: ${await migrationsOf(postgres)}`);
      must((await migrationsOf(postgres)) !== '', 'applied migrations');
    },
  };

  const policy = step(
    'the NetworkPolicy lets the service reach no other database',
    async (cluster, report, postgres) => {
      const neighbour = cluster.as({ namespace: postgres.namespace });
      await requireEnforcement(cluster, neighbour);
      const listener = "require('node:net').createServer((socket) => socket.end()).listen(5432)";
      await apply(neighbour, toolPod({ name: 'other', image: cluster.image, command: [NODE, '-e', listener] }));
      await neighbour.kubectl(['wait', 'pod/other', '--for=condition=Ready', '--timeout=60s']);
      const other = await neighbour.kubectl(['get', 'pod', 'other', '--output', 'jsonpath={.status.podIP}']);
      const script = connectScript([postgres.host, other]);
      const outcome = await execScript(cluster, `deployment/${cluster.release}`, script);
      await neighbour.kubectl(['delete', 'pod', 'other']);
      report(`to the database and to another server on the same port: ${outcome}`);
      must(outcome === 'connected rejected', 'a connection to the database only');
    },
  );

  const expand = step(
    'a rolling upgrade loses no request while its migration takes several seconds',
    async (cluster, report, postgres) => {
      await upgradeUnderLoad(cluster, report, 'expand');
      const applied = await migrationsOf(postgres);
      report(`migrations: ${applied}`);
      must(applied.includes('0101-add-owners'), 'the migration to be applied');
    },
  );

  const failing = step(
    'an upgrade whose migration fails leaves the schema and the pods as they were, and loses no request',
    async (cluster, report, postgres) => {
      const before = await podsOf(cluster);
      let outcome = 'succeeded';
      const upgrade = (): Promise<void> => upgradeTo(cluster, 'failing', { migrations: { retries: 0 } });
      await loadFlags(cluster, report, 'failing', () =>
        upgrade().catch((error: Error) => {
          outcome = error.message.split('\n').at(-1) ?? '';
        }),
      );
      report(outcome);
      must(outcome.includes('pre-upgrade hooks failed'), `the upgrade to fail, not: ${outcome}`);
      must(sameKeys(before, await podsOf(cluster)), 'the same pods');
      must((await postgres.sql("SELECT to_regclass('leftovers')")) === '', 'no table of the failed migration');
    },
  );

  const contract = step(
    'an upgrade that removes what only releases before the previous one needed loses no request',
    async (cluster, report, postgres) => {
      await upgradeUnderLoad(cluster, report, 'contract');
      report(`migrations: ${await migrationsOf(postgres)}`);
      must((await postgres.sql("SELECT to_regclass('flag_owners')")) === '', 'the table to be removed');
    },
  );

  return [arrive, policy, expand, failing, contract];
}

async function applySecrets(cluster: Cluster, { url, ownerUrl, ca }: Postgres): Promise<void> {
  const secret = (name: string, stringData: object): object => {
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
  };
  await apply(cluster, secret(URLS, { url, 'migrate-url': ownerUrl }), secret(CA, { 'ca.crt': ca }));
}

function valuesFor({ namespace, labels }: Postgres): Values {
  const peer = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  };
  return { postgres: { peers: [peer] } };
}

function migrationsOf(postgres: Postgres): Promise<string> {
  return postgres.sql("SELECT string_agg(name, ' ' ORDER BY number) FROM schema_migrations");
}

async function upgradeTo(cluster: Cluster, release: string, postgres: object): Promise<void> {
  await upgradeRelease(cluster, { image: imageValues(`${cluster.image}-${release}`), postgres });
}

/** Upgrades to a release while flags are read and created. Every pod must be replaced. */
async function upgradeUnderLoad(cluster: Cluster, report: Report, release: string): Promise<void> {
  const before = await podsOf(cluster);
  await loadFlags(cluster, report, release, async () => {
    const startedAt = performance.now();
    await upgradeTo(cluster, release, { migrations: { retries: 3 } });
    report(`upgraded after ${secondsSince(startedAt)} s`);
  });
  const after = await podsOf(cluster);
  must(![...after.keys()].some((pod) => before.has(pod)), 'every pod to be replaced');
}

async function loadFlags(cluster: Cluster, report: Report, prefix: string, act: () => Promise<void>): Promise<void> {
  const flags = `http://${cluster.release}/v1/flags`;
  await underLoad(cluster, report, act, { urls: [flags, `PUT ${flags}/${prefix}`] });
}

/** Returns a script that prints for each host whether port 5432 accepts a connection. */
function connectScript(hosts: readonly string[]): string {
  return `
    import { connect } from 'node:net';
    const outcomes = ${JSON.stringify(hosts)}.map((host) => new Promise((resolve) => {
      const socket = connect({ host, port: 5432, timeout: 5000 });
      const end = (outcome) => { resolve(outcome); socket.destroy(); };
      socket.on('connect', () => end('connected')).on('timeout', () => end('rejected')).on('error', () => end('rejected'));
    }));
    console.log((await Promise.all(outcomes)).join(' '));`;
}
