import { afterAll, expect, onTestFinished, test } from 'vitest';
import { createKubernetesClient, type KubernetesClient } from '../../../pkg/kubernetes/client.ts';
import { createEndpointSliceResolver } from '../../../pkg/kubernetes/endpoint-slices.ts';
import { KubernetesError } from '../../../pkg/kubernetes/errors.ts';
import { findConnection } from '../../../pkg/kubernetes/find-connection.ts';
import { createInformer, type Informer } from '../../../pkg/kubernetes/informer.ts';
import type { KubernetesObject } from '../../../pkg/kubernetes/object.ts';
import type { Resource } from '../../../pkg/kubernetes/resource.ts';
import { startApiServer } from '../../support/kubernetes/api-server.ts';
import { startCuttableProxy } from '../../support/kubernetes/cuttable-proxy.ts';

const configMaps: Resource<KubernetesObject> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const widgets: Resource<KubernetesObject> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};
const WIDGETS_CRD = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** Limits for a busy machine. */
const SOON = { timeout: 60_000 };

const server = await startApiServer();
const admin = clientOf(server.adminKubeconfig);
afterAll(async () => {
  await admin.close();
  await server.stop();
});

function clientOf(kubeconfig: string): KubernetesClient {
  return createKubernetesClient({ connection: findConnection({}, { kubeconfig }), userAgent: 'proof/1.0' });
}

interface Started {
  readonly informer: Informer<KubernetesObject>;
  /** `added a`, in order. */
  readonly events: string[];
  /** Log messages. */
  readonly lines: string[];
}

function start(resource: Resource<KubernetesObject>, client: KubernetesClient): Started {
  const [events, lines]: [string[], string[]] = [[], []];
  const log = (_: object, message: string) => void lines.push(message);
  const logger = { info: log, warn: log, error: log };
  const informer = createInformer({ resource, namespace: 'default', pageSize: 5 }, { client, logger });
  informer.subscribe(({ type, object }) => events.push(`${type} ${object.metadata.name}`));
  informer.start();
  onTestFinished(() => informer.stop());
  return { informer, events, lines };
}

test('an informer that missed changes which the API server no longer has lists again and reports what was deleted', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
  for (const name of names) await admin.create(configMaps, { metadata: { name } });
  const proxy = await startCuttableProxy(server.url);
  onTestFinished(() => proxy.stop());
  const proxied = clientOf(server.kubeconfig({ token: 'admin-token', server: proxy.url }));
  onTestFinished(() => proxied.close());
  let isConnected = true;
  const client: KubernetesClient = {
    ...proxied,
    watch(resource, options) {
      if (isConnected) return proxied.watch(resource, options);
      throw new KubernetesError('disconnected', { code: 'KUBERNETES_UNAVAILABLE' });
    },
  };
  const { informer, events } = start(configMaps, client);
  await expect.poll(() => events.length, SOON).toBe(names.length);

  isConnected = false;
  await expect.poll(() => proxy.cut(), SOON).toBe(0);
  await admin.delete(configMaps, 'c0');
  await admin.delete(configMaps, 'c1');
  await admin.create(configMaps, { metadata: { name: 'c1' } });
  await admin.create(configMaps, { metadata: { name: 'c12' } });
  // A restarted API server has no changes from before.
  const { resourceVersion = '' } = informer.get('default/c11')?.metadata ?? {};
  await server.kill();
  await server.restart();
  const missed = async () => {
    for await (const event of admin.watch(configMaps, { resourceVersion })) throw new Error(`received ${event.type}`);
  };
  await expect(missed()).rejects.toMatchObject({ status: 410, reason: 'Expired' });
  isConnected = true;
  await expect.poll(() => events.length, SOON).toBe(names.length + 4);
  expect(events.slice(names.length)).toEqual(['deleted c1', 'added c1', 'added c12', 'deleted c0']);
});

test('an informer waits for its CRD, and starts over when the CRD is deleted and installed again', async () => {
  const { informer, events, lines } = start(widgets, admin);
  await expect.poll(() => lines, SOON).toEqual([expect.stringContaining('the resource does not exist')]);
  await server.api('POST', CRDS, WIDGETS_CRD);
  await expect.poll(() => informer.synced, SOON).toBe(true);
  await admin.create(widgets, { metadata: { name: 'a' } });
  await expect.poll(() => events, SOON).toEqual(['added a']);
  await server.api('DELETE', `${CRDS}/${WIDGETS_CRD.metadata.name}`);
  await expect.poll(() => events, SOON).toEqual(['added a', 'deleted a']);
  await expect.poll(() => informer.failure, SOON).toContain('404');
  await expect.poll(async () => (await server.request('POST', CRDS, WIDGETS_CRD)).status, SOON).toBe(201);
  const create = () => admin.create(widgets, { metadata: { name: 'b' } }).catch(() => undefined);
  await expect.poll(create, SOON).toBeDefined();
  await expect.poll(() => events, SOON).toEqual(['added a', 'deleted a', 'added b']);
});

test('a missing permission names the rule, and the informer starts when it is granted', async () => {
  await server.api('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'reader' } });
  const token = await server.createToken({ namespace: 'default', serviceAccount: 'reader' });
  const client = clientOf(server.kubeconfig({ token }));
  onTestFinished(() => client.close());
  const { informer } = start(configMaps, client);
  const rule = { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] };
  await expect
    .poll(() => informer.failure, SOON)
    .toContain('a Role in default: { apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }');
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
  const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }];
  await server.api('POST', `${rbac}/roles`, { metadata: { name: 'reader' }, rules: [rule] });
  await server.api('POST', `${rbac}/rolebindings`, { metadata: { name: 'reader' }, roleRef: role, subjects });
  await expect.poll(() => informer.synced, SOON).toBe(true);
  await expect.poll(() => informer.failure, SOON).toContain('verbs: ["watch"]');
  const verbs = ['list', 'watch'];
  await server.api('PATCH', `${rbac}/roles/reader`, { rules: [{ ...rule, verbs }] });
  await expect.poll(() => informer.failure, SOON).toBeUndefined();
});

test('the ready endpoints of EndpointSlices are the instances of a Service', async () => {
  await server.api('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'orders-1', labels: { 'kubernetes.io/service-name': 'orders' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8443, appProtocol: 'https' }],
    endpoints: [
      { addresses: ['10.1.2.3'], conditions: { ready: true } },
      { addresses: ['10.1.2.4'], conditions: { ready: false } },
    ],
  });
  const logger = { info() {}, warn() {}, error() {} };
  const resolver = createEndpointSliceResolver({}, { client: admin, logger });
  onTestFinished(() => resolver.close());
  expect(await resolver.resolve('orders')).toEqual([
    { id: '10.1.2.3', address: '10.1.2.3', port: 8443, meta: { protocol: 'https' } },
  ]);
  expect(await resolver.resolve('unknown')).toEqual([]);
});
