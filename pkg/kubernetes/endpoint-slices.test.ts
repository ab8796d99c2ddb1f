import { expect, onTestFinished, test } from 'vitest';
import { type StubApi, startStubApi } from '../../template/support/kubernetes/stub-api.ts';
import type { Resolver } from '../httpclient/targets.ts';
import { createKubernetesClient } from './client.ts';
import { createEndpointSliceResolver, type EndpointSlice } from './endpoint-slices.ts';

const silent = { info() {}, warn() {}, error() {} };

function resolverOf(stub: StubApi, options: { zone?: string } = {}) {
  const client = createKubernetesClient({ connection: stub.connection(), userAgent: 'skiff/1.0' });
  const resolver = createEndpointSliceResolver(options, { client, logger: silent });
  onTestFinished(async () => {
    await resolver.close();
    await client.close();
  });
  return resolver satisfies Resolver;
}

const slice = (changes: Partial<EndpointSlice> & { name?: string }): EndpointSlice => ({
  metadata: { name: changes.name ?? 'orders-1', namespace: 'shop' },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080 }],
  ...changes,
});
const endpoint = (address: string, ready?: boolean, zone?: string) => ({
  addresses: [address],
  targetRef: { name: `pod-${address}` },
  ...(ready !== undefined && { conditions: { ready } }),
  ...(zone !== undefined && { zone }),
});
const addressesOf = (instances: readonly { address: string }[]) => instances.map(({ address }) => address).sort();

test('the ready endpoints of a Service are its instances, and follow its changes', async () => {
  const stub = await startStubApi();
  stub.put(slice({ endpoints: [endpoint('10.0.0.1'), endpoint('10.0.0.2', true), endpoint('10.0.0.3', false)] }));
  stub.put(slice({ name: 'orders-2', endpoints: [endpoint('10.0.0.2'), endpoint('10.0.0.4')] }));
  stub.put(slice({ name: 'orders-3', endpoints: null, ports: null }));
  const resolver = resolverOf(stub);
  const instances = await resolver.resolve('orders');
  expect(addressesOf(instances)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.4']);
  expect(instances).toContainEqual({ id: 'pod-10.0.0.1', address: '10.0.0.1', port: 8080, meta: {} });
  stub.remove('orders-2');
  await expect.poll(async () => addressesOf(await resolver.resolve('orders'))).toEqual(['10.0.0.1', '10.0.0.2']);
  expect(stub.requests.map(({ path, query }) => [path, query.labelSelector, query.watch])).toEqual([
    ['/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', 'kubernetes.io/service-name=orders', undefined],
    ['/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', 'kubernetes.io/service-name=orders', 'true'],
  ]);
});

test('the name of a Service may include its namespace', async () => {
  const stub = await startStubApi();
  await resolverOf(stub).resolve('orders.sales');
  expect(stub.requests[0]).toMatchObject({
    path: '/apis/discovery.k8s.io/v1/namespaces/sales/endpointslices',
    query: { labelSelector: 'kubernetes.io/service-name=orders' },
  });
});

test('the port is that of the tag, or http, or the first', async () => {
  const stub = await startStubApi();
  const ports = [
    { name: 'metrics', port: 9091 },
    { name: 'http', port: 8443, appProtocol: 'https' },
  ];
  stub.put(slice({ endpoints: [endpoint('10.0.0.1')], ports }));
  stub.put(slice({ name: 'orders-2', endpoints: [endpoint('10.0.0.2')], ports: [{ port: 80 }] }));
  const resolver = resolverOf(stub);
  const portsOf = async (tag?: string) =>
    (await resolver.resolve('orders', { tag })).map(({ address, port, meta }) => [address, port, meta.protocol]).sort();
  expect(await portsOf()).toEqual([
    ['10.0.0.1', 8443, 'https'],
    ['10.0.0.2', 80, undefined],
  ]);
  expect(await portsOf('metrics')).toEqual([['10.0.0.1', 9091, undefined]]);
});

test('a pod with two address families is one instance', async () => {
  const stub = await startStubApi();
  stub.put(slice({ endpoints: [endpoint('fd00::1')], addressType: 'IPv6' }));
  const resolver = resolverOf(stub);
  expect(addressesOf(await resolver.resolve('orders'))).toEqual(['fd00::1']);
  stub.put(slice({ name: 'orders-2', endpoints: [endpoint('10.0.0.1')] }));
  await expect.poll(async () => addressesOf(await resolver.resolve('orders'))).toEqual(['10.0.0.1']);
});

test('the instances in the zone of the caller come first', async () => {
  const stub = await startStubApi();
  const zones = ['a', 'b', 'a', 'c', 'b', 'a'];
  stub.put(slice({ endpoints: zones.map((zone, index) => endpoint(`10.0.0.${index}`, true, zone)) }));
  const instances = await resolverOf(stub, { zone: 'b' }).resolve('orders');
  expect(instances.map(({ meta }) => meta.zone === 'b')).toEqual([true, true, false, false, false, false]);
});

test('without a list in time, the error names the cause', async () => {
  const stub = await startStubApi();
  stub.replyAlways('reset');
  const resolver = resolverOf(stub);
  await expect(resolver.resolve('orders')).rejects.toThrow(/^kubernetes: discovery of orders: .*no response/);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(resolver.resolve('orders', { signal })).rejects.toThrow('enough');
  stub.replyAlways(undefined);
  await expect.poll(() => resolver.resolve('orders').catch(() => undefined)).toEqual([]);
});
