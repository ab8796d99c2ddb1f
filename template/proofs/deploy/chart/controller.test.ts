import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { at, type Manifest, outputOf, parseManifests, ROOT, render, theOne } from '../../../../test/deploy/helm.ts';
import { normalise } from './normalise.ts';
import { podSecurityProblems, podSpecs } from './pod-security.ts';
import { brokenReferences } from './references.ts';
import { createStrictSchema, KUBERNETES_VERSIONS } from './strict-schema.ts';

const CONTROLLER = { controller: { enabled: true } };
const CLUSTER_WIDE = { controller: { enabled: true, clusterWide: true } };

const namesOf = (manifests: readonly Manifest[]) =>
  manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();

/** Returns the permissions of a role, one per line: `list jobs.batch`. */
function permissions(role: Manifest): string[] {
  return (role.rules as Record<string, string[]>[]).flatMap((rule) => {
    const { apiGroups = [], resources = [], verbs = [], resourceNames = [''] } = rule;
    return verbs.flatMap((verb) =>
      resources.flatMap((resource) =>
        apiGroups.flatMap((group) => resourceNames.map((name) => `${verb} ${resource}.${group} ${name}`.trim())),
      ),
    );
  });
}

const LEASE = [
  'create leases.coordination.k8s.io',
  'get leases.coordination.k8s.io skiff-controller',
  'update leases.coordination.k8s.io skiff-controller',
];
const OBJECTS = [
  'list jobtrackers.batch.example.com',
  'watch jobtrackers.batch.example.com',
  'patch jobtrackers.batch.example.com',
  'patch jobtrackers/status.batch.example.com',
  'list jobs.batch',
  'watch jobs.batch',
  'list pods.',
  'watch pods.',
  'create events.events.k8s.io',
  'patch events.events.k8s.io',
];

test('the controller is not part of an installation by default', async () => {
  const manifests = await render();
  expect(namesOf(manifests).filter((name) => /controller|Role/.test(name))).toEqual([]);
  expect(JSON.stringify(manifests)).not.toMatch(/serviceAccountToken|6443/);
});

test('the controller adds objects of its own and changes none of the others', async () => {
  const [without, withIt] = [await render(), await render(CONTROLLER)];
  const added = withIt.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'controller');
  const others = withIt.filter((manifest) => !added.includes(manifest) && manifest.kind !== 'CustomResourceDefinition');
  expect(others).toEqual(without);
  expect(namesOf(added)).toEqual(
    ['Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Role', 'RoleBinding', 'ServiceAccount'].map(
      (kind) => `${kind} skiff-controller`,
    ),
  );
});

test('the Role lists the calls of the controller and no others', async () => {
  const role = theOne(await render(CONTROLLER), 'Role', 'controller');
  expect(permissions(role).toSorted()).toEqual([...LEASE, ...OBJECTS].toSorted());
});

test('a cluster-wide controller has a ClusterRole for what it watches, and a Role for its Lease', async () => {
  const manifests = await render(CLUSTER_WIDE, { namespace: 'ops' });
  expect(permissions(theOne(manifests, 'Role', 'controller')).toSorted()).toEqual(LEASE);
  const role = theOne(manifests, 'ClusterRole', 'controller');
  expect(permissions(role).toSorted()).toEqual(OBJECTS.toSorted());
  // Unique in the cluster, because the same release name may exist in several namespaces.
  expect(role.metadata.name).toBe('ops-skiff-controller');
  const env = at(theOne(manifests, 'Deployment', 'controller'), 'spec.template.spec.containers.0.env');
  expect(JSON.stringify(env)).not.toContain('CONTROLLER_NAMESPACE');
});

test('the Lease in the Role has the name that the service gives it', async () => {
  const names = async (config: object) =>
    at(theOne(await render({ ...CONTROLLER, config }), 'Role', 'controller'), 'rules.1.resourceNames');
  expect(await names({ service: { name: 'ferry' } })).toEqual(['ferry-controller']);
});

test('the token is short-lived, for the API server, and mounted only where the program looks for it', async () => {
  const manifests = await render(CONTROLLER);
  const { volumes, automountServiceAccountToken, containers } = Object(
    at(theOne(manifests, 'Deployment', 'controller'), 'spec.template.spec'),
  );
  expect(automountServiceAccountToken).toBe(false);
  expect(at(theOne(manifests, 'ServiceAccount', 'controller'), 'automountServiceAccountToken')).toBe(false);
  const [{ projected }] = volumes.filter(({ name }: { name: string }) => name === 'kubernetes-api');
  expect(projected.sources).toEqual([
    { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
  ]);
  expect(containers[0].volumeMounts).toContainEqual({
    name: 'kubernetes-api',
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    readOnly: true,
  });
  expect(JSON.stringify(theOne(manifests, 'Deployment'))).not.toContain('serviceAccountToken');
});

test('the controller accepts only scrapes and probes, and connects to DNS and the API server', async () => {
  const policy = async (values: object) => at(theOne(await render(values), 'NetworkPolicy', 'controller'), 'spec');
  const spec = await policy(CONTROLLER);
  expect((at(spec, 'ingress') as object[]).map((rule) => at(rule, 'ports.0.port'))).toEqual(['metrics']);
  const dns = { ports: [53, 53].map((port, index) => ({ port, protocol: index === 0 ? 'UDP' : 'TCP' })) };
  const ports = [443, 6443].map((port) => ({ port, protocol: 'TCP' }));
  expect(at(spec, 'egress')).toEqual([dns, { ports }]);

  const to = [{ ipBlock: { cidr: '192.0.2.1/32' } }];
  expect(at(await policy({ ...CONTROLLER, networkPolicy: { apiServer: to } }), 'egress')).toEqual([dns, { ports, to }]);
});

test('a single replica has no disruption budget', async () => {
  const manifests = await render({ controller: { enabled: true, replicaCount: 1 } });
  expect(namesOf(manifests)).not.toContain('PodDisruptionBudget skiff-controller');
});

test.each([
  ['no replica', { enabled: true, replicaCount: 0 }, '/controller/replicaCount'],
  ['an unknown value', { enabled: true, replicas: 2 }, '/controller'],
  ['no memory limit', { resources: { limits: { memory: null } } }, '/controller/resources/limits'],
])('%s is rejected with its path', async (_, controller, path) => {
  await expect(render({ controller })).rejects.toThrow(path);
});

test('a variable that the chart sets or derives permissions from is rejected', async () => {
  for (const name of ['SKIFF_CONTROLLER_NAMESPACE', 'SKIFF_CONTROLLER_LEASE_NAME', 'SKIFF_KUBERNETES_ENABLED'])
    await expect(render({ extraEnv: [{ name, value: 'x' }] })).rejects.toThrow('/extraEnv/0/name');
});

test('a long release name stays within the limits of names and labels', async () => {
  const manifests = await render(CLUSTER_WIDE, { release: 'r'.repeat(53) });
  expect(brokenReferences(manifests)).toEqual([]);
  const { labels } = theOne(manifests, 'Deployment', 'controller').metadata;
  for (const value of Object.values(labels ?? {})) expect(value.length).toBeLessThanOrEqual(63);
});

describe('the kustomize component', () => {
  /** Renders a folder of deploy/kubernetes with the component added to its kustomization. */
  async function withController(overlay: string): Promise<Manifest[]> {
    const folder = mkdtempSync(join(tmpdir(), 'component-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(join(ROOT, 'deploy/kubernetes'), folder, { recursive: true });
    const [, line = ''] =
      /^# {3}(components: .*)$/m.exec(readFileSync(join(folder, 'components/controller/kustomization.yaml'), 'utf8')) ??
      [];
    writeFileSync(join(folder, overlay, 'kustomization.yaml'), `\n${line}\n`, { flag: 'a' });
    return parseManifests(await outputOf('kubectl', ['kustomize', join(folder, overlay)]));
  }

  test('has the same objects as the chart', async () => {
    const objects = (manifests: readonly Manifest[]) =>
      new Map([...normalise(manifests)].filter(([name]) => name.endsWith(' skiff-controller')));
    const component = objects(await withController('overlays/production'));
    const chart = objects(await render(CONTROLLER));
    expect([...component.keys()]).toEqual([...chart.keys()]);
    for (const [name, object] of chart) expect(component.get(name), name).toEqual(object);
  });

  test.each(['development', 'staging', 'production'])('is valid in the overlay %s', async (name) => {
    const all = await withController(`overlays/${name}`);
    const manifests = all.filter(({ kind }) => kind !== 'Namespace');
    expect(KUBERNETES_VERSIONS.map(createStrictSchema).flatMap((problemsOf) => manifests.flatMap(problemsOf))).toEqual(
      [],
    );
    expect(podSpecs(manifests)).toHaveLength(2);
    expect(podSpecs(manifests).flatMap(podSecurityProblems)).toEqual([]);
    expect(brokenReferences(manifests)).toEqual([]);
  });
});
