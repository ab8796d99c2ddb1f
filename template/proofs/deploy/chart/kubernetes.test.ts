import { expect, test } from 'vitest';
import { at, type Manifest, render, theOne } from '../../../../test/deploy/helm.ts';
import { effectiveConfig } from '../../../../test/deploy/service-config.ts';
import { egressPorts } from './egress.ts';
import { podSecurityProblems, podSpecs } from './pod-security.ts';
import { brokenReferences } from './references.ts';
import { createStrictSchema, KUBERNETES_VERSIONS } from './strict-schema.ts';

const DISCOVERY = { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] };
const LEASES = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] };

const rulesOf = (manifests: readonly Manifest[]) => theOne(manifests, 'Role').rules;

test('the server gets permissions, a token and egress if it calls the Kubernetes API', async () => {
  const manifests = await render({ config: { kubernetes: { enabled: true } } });
  expect(effectiveConfig(manifests).kubernetes.enabled).toBe(true);
  expect(rulesOf(manifests)).toEqual([DISCOVERY]);
  expect(JSON.stringify(theOne(manifests, 'Deployment'))).toContain('"serviceAccountToken"');
  expect(egressPorts(manifests)).toEqual([53, 53, 443, 6443]);
  expect(brokenReferences(manifests)).toEqual([]);
  expect(podSpecs(manifests).flatMap(podSecurityProblems)).toEqual([]);
  const schemas = KUBERNETES_VERSIONS.map(createStrictSchema);
  expect(schemas.flatMap((problemsOf) => manifests.flatMap(problemsOf))).toEqual([]);
});

test('the server gets none of them if it does not', async () => {
  const manifests = await render({ config: { kubernetes: { enabled: false } } });
  expect(manifests.map(({ kind }) => kind)).not.toContain('Role');
  expect(JSON.stringify(manifests)).not.toContain('serviceAccountToken');
  expect(egressPorts(manifests)).toEqual([53, 53]);
});

test('the Role includes Leases if they elect the leader', async () => {
  const config = { kubernetes: { enabled: true }, leaderElection: 'kubernetes' };
  expect(rulesOf(await render({ config }))).toEqual([DISCOVERY, LEASES]);
});

test('with kubernetes.namespace the Role is there; the Lease of the controller stays in its own namespace', async () => {
  const config = { kubernetes: { enabled: true, namespace: 'shop' } };
  const manifests = await render({ config, controller: { enabled: true } });
  for (const kind of ['Role', 'RoleBinding']) expect(theOne(manifests, kind).metadata.namespace).toBe('shop');
  expect(at(theOne(manifests, 'RoleBinding'), 'subjects.0.namespace')).toBe('skiff');
  expect(theOne(manifests, 'Role', 'controller').metadata.namespace).toBe('skiff');
  expect(effectiveConfig(manifests).kubernetes.namespace).toBe('shop');
  expect(effectiveConfig(manifests, { component: 'controller' }).kubernetes.namespace).toBe('skiff');
});

test.each([
  ['replicas that would all work', { controller: { leaderElection: false } }, 'set controller.replicaCount to 1'],
  ['a namespace without permissions', { controller: { namespace: 'shop' } }, 'set controller.clusterWide instead'],
])('the chart rejects %s', async (_, config, message) => {
  await expect(render({ config, controller: { enabled: true } })).rejects.toThrow(message);
});
