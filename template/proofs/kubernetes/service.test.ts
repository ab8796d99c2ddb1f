import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { request, type Service, startService } from '../../../test/support/service.ts';
import { startApiServer } from '../../support/kubernetes/api-server.ts';

const server = await startApiServer();
afterAll(server.stop);

async function start(env: NodeJS.ProcessEnv = {}): Promise<Service> {
  const service = await startService({
    program: 'template/proofs/kubernetes/testdata/service-program.ts',
    env: { KUBECONFIG: server.adminKubeconfig, SKIFF_KUBERNETES_ENABLED: 'true', ...env },
  });
  onTestFinished(() => service.kill('SIGKILL'));
  return service;
}

async function readHolder(): Promise<string> {
  const lease = await server.api('GET', '/apis/coordination.k8s.io/v1/namespaces/default/leases/skiff-cleaning');
  return lease.spec.holderIdentity;
}

test('one of two replicas does the work that only one may do, and the other one as soon as it stops', async () => {
  const first = await start();
  await first.line('cleaning');
  const holder = await readHolder();
  const second = await start();
  first.kill('SIGTERM');
  expect((await first.exit).code).toBe(0);
  await second.line('cleaning');
  expect(await readHolder()).not.toBe(holder);
  second.kill('SIGTERM');
  expect((await second.exit).code).toBe(0);
});

test('with leaderElection: none, nothing is elected', async () => {
  const service = await start({ SKIFF_LEADER_ELECTION: 'none' });
  const metrics = await request(`${service.adminUrl}/metrics`);
  expect(metrics.body).not.toContain('leader_election_master_status{name="skiff-cleaning"}');
});

test('the HTTP client finds the ready endpoints of a Service', async () => {
  const greeter = createServer((_request, reply) => reply.end('hello')).listen(0, '0.0.0.0');
  onTestFinished(() => void greeter.close());
  await once(greeter, 'listening');
  const { port } = greeter.address() as AddressInfo;
  // The API server rejects loopback addresses.
  const address = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  await server.api('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'greeter-1', labels: { 'kubernetes.io/service-name': 'greeter' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  });
  const service = await start();
  expect(await request(`${service.url}/v1/greeting`)).toMatchObject({ status: 200, body: 'hello' });
});
