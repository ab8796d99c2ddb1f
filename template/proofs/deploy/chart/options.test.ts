import { beforeAll, describe, expect, test } from 'vitest';
import { at, type Manifest, render, theOne } from '../../../../test/deploy/helm.ts';
import { egressPorts } from './egress.ts';
import { EVERY_OPTION, NATIVE_SIDECAR, SIDECAR } from './every-option.ts';
import { podSecurityProblems, podSpecs } from './pod-security.ts';
import { brokenReferences } from './references.ts';
import { createStrictSchema } from './strict-schema.ts';

const pod = (manifests: readonly Manifest[]) => at(theOne(manifests, 'Deployment'), 'spec.template.spec');

async function podWith(values: object): Promise<unknown> {
  return pod(await render(values));
}

describe('with every option', () => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await render({ ...EVERY_OPTION, controller: { enabled: true } });
  });

  test('every object conforms to the schema of Kubernetes', () => {
    expect(manifests.flatMap(createStrictSchema('1.37'))).toEqual([]);
  });

  test('every pod conforms to the restricted Pod Security Standard, and no reference is broken', () => {
    expect(podSpecs(manifests).flatMap(podSecurityProblems)).toEqual([]);
    expect(brokenReferences(manifests)).toEqual([]);
  });

  test('every object and every pod of the chart has the common labels, and no selector has them', () => {
    const own = manifests.filter(({ kind, metadata }) => {
      return kind !== 'CustomResourceDefinition' && !/-(text|map)$/.test(metadata.name);
    });
    for (const { kind, metadata, spec } of own) {
      expect(metadata.labels, `${kind} ${metadata.name}`).toHaveProperty(['cost-center'], '42');
      if (kind === 'Deployment') expect(at(spec, 'template.metadata.labels')).toHaveProperty(['cost-center'], '42');
      for (const selector of ['selector', 'podSelector', 'selector.matchLabels', 'podSelector.matchLabels'])
        expect(at(spec, selector) ?? {}).not.toHaveProperty(['cost-center']);
    }
  });

  test('only the second Service is reachable from outside the cluster, and has no metrics port', () => {
    const internal = theOne(manifests, 'Service');
    const external = theOne(manifests, 'Service', 'external');
    const names = (service: Manifest) => (at(service, 'spec.ports') as { name: string }[]).map(({ name }) => name);
    expect([at(internal, 'spec.type'), names(internal)]).toEqual(['ClusterIP', ['http', 'metrics']]);
    expect([at(external, 'spec.type'), names(external)]).toEqual(['LoadBalancer', ['http']]);
    expect(at(external, 'spec.ports.0.nodePort')).toBe(30_080);
    expect(at(external, 'spec.selector')).toEqual(at(internal, 'spec.selector'));
  });

  test('options of the pod apply to both programs, those of containers only to the server', () => {
    for (const component of [undefined, 'controller']) {
      const spec = at(theOne(manifests, 'Deployment', component), 'spec.template.spec');
      expect(spec).toMatchObject({ dnsPolicy: 'None', runtimeClassName: 'gvisor' });
      expect(at(spec, 'containers.0.startupProbe')).toMatchObject({ periodSeconds: 2, failureThreshold: 60 });
    }
    const controller = at(theOne(manifests, 'Deployment', 'controller'), 'spec.template.spec');
    expect(at(controller, 'containers')).toHaveLength(1);
    expect(controller).not.toHaveProperty('initContainers');
    expect(at(controller, 'containers.0')).not.toHaveProperty('lifecycle');
  });

  test('the other options are rendered where they belong', () => {
    const deployment = theOne(manifests, 'Deployment');
    expect(deployment.metadata.annotations).toMatchObject(EVERY_OPTION.deploymentAnnotations);
    expect(at(deployment, 'spec.strategy')).toEqual(EVERY_OPTION.strategy);
    const spec = pod(manifests);
    expect(at(spec, 'terminationGracePeriodSeconds')).toBe(120);
    expect((at(spec, 'containers') as { name: string }[]).map(({ name }) => name)).toEqual(['skiff', 'agent']);
    expect(at(spec, 'containers.0.args')).toEqual(['--verbose']);
    expect(at(spec, 'containers.0.livenessProbe')).toMatchObject({
      httpGet: { path: '/healthz', port: 'metrics' },
      ...{ initialDelaySeconds: 3, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    });
    const ingress = theOne(manifests, 'Ingress');
    expect(ingress.spec).not.toHaveProperty('tls');
    expect((at(ingress, 'spec.rules.0.http.paths') as { path: string }[]).map(({ path }) => path)).toEqual([
      '/v1',
      '/version',
    ]);
    expect(theOne(manifests, 'Pod').metadata.annotations).toMatchObject({
      'helm.sh/hook': 'test',
      'helm.sh/hook-delete-policy': 'before-hook-creation',
    });
    const names = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    expect(names).toEqual(expect.arrayContaining(['skiff-text', 'skiff-map']));
  });
});

test('a preStop sleep extends the grace period of the server by its length', async () => {
  const graceWith = async (values: object) => at(await podWith(values), 'terminationGracePeriodSeconds') as number;
  const derived = await graceWith({});
  expect(await graceWith({ lifecycle: { preStop: { sleep: { seconds: 7 } } } })).toBe(derived + 7);
  expect(await graceWith({ lifecycle: { postStart: { sleep: { seconds: 7 } } } })).toBe(derived);
  const hook = { preStop: { httpGet: { path: '/x', port: 'http' } } };
  expect(await graceWith({ lifecycle: hook, terminationGracePeriodSeconds: derived + 1 })).toBe(derived + 1);
});

test('a variable in `env` also opens the port of its proxy, and can be removed with null', async () => {
  const env = { HTTPS_PROXY: 'http://proxy.example.com:3128', A: null };
  const manifests = await render({ env, extraEnv: [{ name: 'B', value: '2' }] });
  expect(egressPorts(manifests)).toEqual([53, 53, 3128]);
  const names = (at(pod(manifests), 'containers.0.env') as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(['SKIFF_CONFIG_FILE', 'NODE_OPTIONS', 'B', 'HTTPS_PROXY']);
});

test('a container without a security context gets that of the server, and may override single fields', async () => {
  const spec = await podWith({
    initContainers: [{ ...SIDECAR, name: 'a', securityContext: { readOnlyRootFilesystem: false } }],
    securityContext: { runAsUser: 10_001 },
  });
  expect(at(spec, 'initContainers.0.securityContext')).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: false,
    capabilities: { drop: ['ALL'] },
    runAsUser: 10_001,
  });
});

test('without a CPU limit, the memory limit stays', async () => {
  const spec = await podWith({ resources: { limits: { cpu: null } } });
  expect(at(spec, 'containers.0.resources.limits')).toEqual({ memory: '256Mi', 'ephemeral-storage': '256Mi' });
});

test.each([
  ['native sidecars', { initContainers: [NATIVE_SIDECAR] }, '1.28', 'restartPolicy requires Kubernetes 1.29'],
  ['a preStop sleep', { lifecycle: { preStop: { sleep: { seconds: 1 } } } }, '1.29', 'requires Kubernetes 1.30'],
  [
    'traffic distribution',
    { service: { trafficDistribution: 'PreferClose' } },
    '1.30',
    'trafficDistribution requires Kubernetes 1.31',
  ],
])('%s are rejected by a cluster that would drop the field', async (_, values, version, message) => {
  await expect(render(values, { args: ['--kube-version', version] })).rejects.toThrow(message);
});
