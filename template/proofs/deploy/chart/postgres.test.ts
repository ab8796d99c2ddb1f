import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import {
  at,
  CHART,
  type Manifest,
  outputOf,
  parseManifests,
  ROOT,
  render,
  theOne,
} from '../../../../test/deploy/helm.ts';
import { effectiveConfig } from '../../../../test/deploy/service-config.ts';
import { egressPorts } from './egress.ts';
import { normalise } from './normalise.ts';
import { podSecurityProblems, podSpecs } from './pod-security.ts';
import { brokenReferences } from './references.ts';
import { createStrictSchema, KUBERNETES_VERSIONS } from './strict-schema.ts';

const URL_SECRET = { name: 'skiff-postgres', key: 'url' };
const MIGRATE_SECRET = { name: 'skiff-postgres', key: 'migrate-url' };
const POSTGRES = { config: { postgres: { enabled: true } }, secrets: { 'postgres.url': URL_SECRET } };

const isOfJob = ({ metadata }: Manifest) => metadata.labels?.['app.kubernetes.io/component'] === 'migrate';
const jobOf = async (values: object = POSTGRES) => theOne(await render(values), 'Job', 'migrate');
const podOf = async (values: object = POSTGRES) => at(await jobOf(values), 'spec.template.spec');

test('the Job is not part of an installation by default', async () => {
  const manifests = await render();
  expect(manifests.filter(isOfJob)).toEqual([]);
  expect(egressPorts(manifests)).toEqual([53, 53]);
});

test('the Job runs before each install and upgrade, after the objects that it needs', async () => {
  const objects = (await render(POSTGRES)).filter(isOfJob);
  const order = objects.map(({ kind, metadata }) => [kind, metadata.annotations?.['helm.sh/hook-weight']]);
  expect(order.toSorted()).toEqual([
    ['ConfigMap', '-1'],
    ['Job', '0'],
    ['NetworkPolicy', '-1'],
    ['ServiceAccount', '-1'],
  ]);
  for (const { metadata } of objects) {
    expect(metadata.annotations).toMatchObject({
      'helm.sh/hook': 'pre-install,pre-upgrade',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      'argocd.argoproj.io/hook': 'PreSync',
      'argocd.argoproj.io/sync-wave': metadata.annotations?.['helm.sh/hook-weight'],
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation,HookSucceeded',
    });
  }
});

test('hookAnnotations are those of the Job and of the objects that it needs, and win over those of the chart', async () => {
  const hookAnnotations = { 'example.com/note': 'yes', 'helm.sh/hook-delete-policy': 'before-hook-creation' };
  const objects = (await render({ ...POSTGRES, hookAnnotations })).filter(isOfJob);
  expect(objects).toHaveLength(4);
  for (const { metadata } of objects)
    expect(metadata.annotations).toMatchObject({ ...hookAnnotations, 'helm.sh/hook': 'pre-install,pre-upgrade' });
});

test('hookAnnotations do not change the order of the Job and of the objects that it needs', async () => {
  const order = (objects: readonly Manifest[]) =>
    objects
      .filter(isOfJob)
      .map(({ kind, metadata: { annotations } }) => [
        kind,
        annotations?.['helm.sh/hook-weight'],
        annotations?.['argocd.argoproj.io/sync-wave'],
      ]);
  const hookAnnotations = { 'helm.sh/hook-weight': '9', 'argocd.argoproj.io/sync-wave': '9' };
  const expected = order(await render(POSTGRES));
  expect(new Set(expected.map(([, weight]) => weight)).size).toBeGreaterThan(1);
  expect(order(await render({ ...POSTGRES, hookAnnotations }))).toEqual(expected);
});

test('the Job uses no object of the release, which may not exist yet or be that of the last one', async () => {
  const pod = await podOf();
  expect(at(pod, 'serviceAccountName')).toBe('skiff-migrate');
  expect(JSON.stringify(at(pod, 'volumes'))).toContain('{"configMap":{"name":"skiff-migrate"},"name":"config"}');
  const manifests = await render(POSTGRES);
  const configOf = (name: string) =>
    at(
      manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name),
      'data',
    );
  expect(configOf('skiff-migrate')).toEqual(configOf('skiff'));
});

test('no selector of the server selects the pod of the Job', async () => {
  const manifests = await render({ ...POSTGRES, controller: { enabled: true } });
  const labels = at(theOne(manifests, 'Job', 'migrate'), 'spec.template.metadata.labels');
  const others = manifests.filter((manifest) => !isOfJob(manifest));
  const selectors = others.flatMap((manifest) =>
    ['spec.selector.matchLabels', 'spec.podSelector.matchLabels', manifest.kind === 'Service' ? 'spec.selector' : '']
      .map((path) => at(manifest, path))
      .filter((selector) => selector !== undefined),
  );
  expect(selectors.length).toBeGreaterThan(5);
  for (const selector of selectors) expect(labels).not.toMatchObject(selector as object);
  expect(labels).toMatchObject(
    at(theOne(manifests, 'NetworkPolicy', 'migrate'), 'spec.podSelector.matchLabels') as object,
  );
});

test('the pod of the Job conforms to the restricted standard, has no token, and ends', async () => {
  const manifests = await render(POSTGRES);
  expect(podSpecs(manifests.filter(isOfJob)).flatMap(podSecurityProblems)).toEqual([]);
  expect(at(theOne(manifests, 'ServiceAccount', 'migrate'), 'automountServiceAccountToken')).toBe(false);
  expect(await podOf()).toMatchObject({
    restartPolicy: 'Never',
    containers: [{ command: ['/nodejs/bin/node', '/app/cmd/migrate/main.js'] }],
  });
  for (const field of ['ports', 'startupProbe', 'livenessProbe', 'readinessProbe'])
    expect(at(await podOf(), `containers.0.${field}`), field).toBeUndefined();
  expect(await jobOf()).toMatchObject({ spec: { backoffLimit: 3, activeDeadlineSeconds: 240 } });
});

test('an invalid configuration is not tried again, and an eviction does not count', async () => {
  expect(at(await jobOf(), 'spec.podFailurePolicy.rules')).toEqual([
    {
      action: 'FailJob',
      onExitCodes: { containerName: 'skiff', operator: 'In', values: [64, 78] },
      onPodConditions: [],
    },
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  ]);
  expect(at(await podOf(), 'containers.0.name')).toBe('skiff');
});

test('the Job has the secrets of the server, except for those of its own', async () => {
  const secretsOf = (pod: unknown) =>
    (at(pod, 'volumes') as { projected?: { sources: object[] } }[]).flatMap(
      ({ projected }) => projected?.sources ?? [],
    );
  const source = ({ name, key }: typeof URL_SECRET, path: string) => ({ secret: { name, items: [{ key, path }] } });
  expect(secretsOf(await podOf())).toEqual([source(URL_SECRET, 'postgres.url')]);

  const token = { name: 'skiff-consul', key: 'token' };
  const values = {
    ...POSTGRES,
    secrets: { ...POSTGRES.secrets, 'consul.token': token },
    postgres: { migrations: { secrets: { 'postgres.url': MIGRATE_SECRET } } },
  };
  const job = [source(token, 'consul.token'), source(MIGRATE_SECRET, 'postgres.url')];
  expect(secretsOf(await podOf(values))).toEqual(job);
  const server = at(theOne(await render(values), 'Deployment'), 'spec.template.spec');
  expect(secretsOf(server)).toEqual([source(token, 'consul.token'), source(URL_SECRET, 'postgres.url')]);
});

test('the pod of the Job has what the values give to all pods', async () => {
  const values = {
    ...POSTGRES,
    imagePullSecrets: [{ name: 'registry' }],
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'spot', operator: 'Exists' }],
    priorityClassName: 'high',
    podLabels: { team: 'core', 'sidecar.istio.io/inject': 'true' },
    podAnnotations: { 'example.com/note': 'yes' },
    secretMounts: { 'skiff-postgres-ca': '/etc/skiff/postgres-ca' },
    extraEnv: [{ name: 'SKIFF_LOG_LEVEL', value: 'debug' }],
  };
  expect(await jobOf(values)).toMatchObject({
    spec: {
      template: {
        metadata: {
          // A proxy that is not a native sidecar would keep the Job from ending.
          labels: { team: 'core', 'sidecar.istio.io/inject': 'false' },
          annotations: { 'example.com/note': 'yes' },
        },
        spec: {
          imagePullSecrets: [{ name: 'registry' }],
          nodeSelector: { 'kubernetes.io/arch': 'arm64' },
          tolerations: [{ key: 'spot', operator: 'Exists' }],
          priorityClassName: 'high',
        },
      },
    },
  });
  const manifests = await render(values);
  expect(effectiveConfig(manifests, { component: 'migrate', kind: 'Job' }).log.level).toBe('debug');
  expect(brokenReferences(manifests)).toEqual([]);
});

test('the server and the Job may connect to the database, at its port and only to the given peers', async () => {
  const egress = async (values: object, component?: string) =>
    (at(theOne(await render(values), 'NetworkPolicy', component), 'spec.egress') as object[]).at(-1);
  const peers = [{ ipBlock: { cidr: '192.0.2.7/32' } }];
  const values = { ...POSTGRES, postgres: { port: 6432, peers } };
  for (const component of [undefined, 'migrate']) {
    expect(await egress(POSTGRES, component)).toEqual({ ports: [{ port: 5432, protocol: 'TCP' }] });
    expect(await egress(values, component)).toEqual({ ports: [{ port: 6432, protocol: 'TCP' }], to: peers });
  }
  const policy = theOne(await render(POSTGRES), 'NetworkPolicy', 'migrate');
  expect(policy.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  expect(at(policy, 'spec.ingress')).toBeUndefined();
});

test('without migrations.enabled, or without a NetworkPolicy, their objects are not rendered', async () => {
  const kindsWith = async (values: object) =>
    (await render({ ...POSTGRES, ...values })).filter(isOfJob).map(({ kind }) => kind);
  expect(await kindsWith({ postgres: { migrations: { enabled: false } } })).toEqual([]);
  expect(await kindsWith({ networkPolicy: { enabled: false } })).toEqual(['ServiceAccount', 'ConfigMap', 'Job']);
});

test('the notes state the number of connections and warn if a server with default settings has fewer', async () => {
  const notes = async (...settings: string[]) => {
    const values = [
      'config.postgres.enabled=true',
      'secrets.postgres\\.url.name=a,secrets.postgres\\.url.key=b',
      ...settings,
    ];
    const args = ['install', 'skiff', CHART, '--dry-run=client', '--namespace', 'skiff'];
    return outputOf('helm', [...args, ...values.flatMap((value) => ['--set', value])]);
  };
  const many = await notes();
  expect(many).toContain(
    'up to 121 connections, 10 for each of 10 replicas and of two more pods during a rollout, and one',
  );
  expect(many).toContain('WARNING: a server with default settings accepts 97');
  const few = await notes('autoscaling.enabled=false', 'replicaCount=3', 'config.postgres.maxConnections=8');
  expect(few).toContain('up to 41 connections, 8 for each of 3 replicas');
  expect(few).not.toContain('accepts 97');
});

test('the values example keeps a default server within its limit', async () => {
  const values = parse(readFileSync(join(CHART, 'values-postgres.yaml'), 'utf8'));
  const { maxConnections } = effectiveConfig(await render(values)).postgres;
  const { maxReplicas } = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')).autoscaling;
  expect(maxConnections * (maxReplicas + 2) + 1).toBeLessThanOrEqual(97);
});

test.each([
  ['an unknown value', { postgres: { host: 'db' } }, '/postgres'],
  ['a URL in the ConfigMap', { config: { postgres: { url: 'postgres://a:b@c/d' } } }, '/config/postgres'],
  [
    'a literal secret for the Job',
    { postgres: { migrations: { secrets: { 'postgres.url': 'x' } } } },
    '/postgres/migr',
  ],
  ['an empty peer', { postgres: { peers: [{}] } }, '/postgres/peers/0'],
  ['the integration as a variable', { extraEnv: [{ name: 'SKIFF_POSTGRES_ENABLED', value: 'true' }] }, '/extraEnv/0'],
])('%s is rejected with its path', async (_, values, path) => {
  await expect(render({ ...POSTGRES, ...values })).rejects.toThrow(path);
});

test('a long release name stays within the limits of names and labels', async () => {
  const manifests = await render(POSTGRES, { release: 'r'.repeat(53) });
  expect(brokenReferences(manifests)).toEqual([]);
  const { labels } = theOne(manifests, 'Job', 'migrate').metadata;
  for (const value of Object.values(labels ?? {})) expect(value.length).toBeLessThanOrEqual(63);
});

describe('the kustomize component', () => {
  /** Renders an overlay with the component added to its kustomization, and the setting that its comment names. */
  async function withPostgres(overlay: string): Promise<Manifest[]> {
    const folder = mkdtempSync(join(tmpdir(), 'component-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(join(ROOT, 'deploy/kubernetes'), folder, { recursive: true });
    const [, line = ''] =
      /^# {3}(components: .*)$/m.exec(readFileSync(join(folder, 'components/postgres/kustomization.yaml'), 'utf8')) ??
      [];
    writeFileSync(join(folder, overlay, 'kustomization.yaml'), `\n${line}\n`, { flag: 'a' });
    writeFileSync(join(folder, overlay, 'config.yaml'), '\npostgres: { enabled: true }\n', { flag: 'a' });
    return parseManifests(await outputOf('kubectl', ['kustomize', join(folder, overlay)]));
  }

  test('has the same objects as the chart, except that the Job reads the ConfigMap of the server', async () => {
    const values = { ...POSTGRES, postgres: { migrations: { secrets: { 'postgres.url': MIGRATE_SECRET } } } };
    const objects = (manifests: readonly Manifest[]) => {
      const own = manifests.filter(isOfJob).filter(({ kind }) => kind !== 'ConfigMap');
      const text = JSON.stringify(own).replace('"configMap":{"name":"skiff-migrate"}', '"configMap":{"name":"skiff"}');
      const copies: Manifest[] = JSON.parse(text, (key, value) => (key === 'annotations' ? undefined : value));
      // The first one is that of the server, whose name contains a hash.
      return normalise([...manifests.filter(({ kind }) => kind === 'ConfigMap'), ...copies]);
    };
    const component = objects(await withPostgres('overlays/production'));
    const chart = objects(await render(values));
    const kinds = ['Job', 'NetworkPolicy', 'ServiceAccount'];
    for (const name of kinds.map((kind) => `${kind} skiff-migrate`))
      expect(component.get(name), name).toEqual(chart.get(name));
  });

  test('runs the Job in a sync wave of Argo CD after what it needs and before the server', async () => {
    const manifests = await withPostgres('overlays/production');
    const waveOf = ({ metadata }: Manifest) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
    const inWave = (wave: number) => manifests.filter((each) => waveOf(each) === wave).map(({ kind }) => kind);
    expect(inWave(-2).toSorted()).toEqual(['ConfigMap', 'NetworkPolicy', 'ServiceAccount']);
    expect(inWave(-1)).toEqual(['Job']);
    expect(inWave(0)).toContain('Deployment');
    expect(theOne(manifests, 'Job', 'migrate').metadata.annotations).toMatchObject({
      'argocd.argoproj.io/hook': 'Sync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation,HookSucceeded',
    });
  });

  test.each(['development', 'staging', 'production'])('is valid in the overlay %s', async (name) => {
    const all = await withPostgres(`overlays/${name}`);
    const manifests = all.filter(({ kind }) => kind !== 'Namespace');
    expect(KUBERNETES_VERSIONS.map(createStrictSchema).flatMap((problemsOf) => manifests.flatMap(problemsOf))).toEqual(
      [],
    );
    expect(podSpecs(manifests)).toHaveLength(2);
    expect(podSpecs(manifests).flatMap(podSecurityProblems)).toEqual([]);
    expect(brokenReferences(manifests)).toEqual([]);
    expect(effectiveConfig(manifests).postgres.enabled).toBe(true);
    expect(effectiveConfig(manifests, { component: 'migrate', kind: 'Job' })).toEqual(effectiveConfig(manifests));
    expect(egressPorts(manifests).filter((port) => port === 5432)).toHaveLength(2);
  });
});
