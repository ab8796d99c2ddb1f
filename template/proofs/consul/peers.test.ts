import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { agentPorts, type ConsulAgent, startAgent } from '../../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../../test/support/consul/binary.ts';
import { type Service, startService } from '../../../test/support/service.ts';
import { metric } from '../../support/metric.ts';

async function start(url: string, name: string): Promise<Service> {
  const service = await startService({
    env: {
      SKIFF_SERVICE_NAME: name,
      SKIFF_CONSUL_ENABLED: 'true',
      SKIFF_CONSUL_ADDRESS: url,
      SKIFF_CONSUL_SERVICE_ADDRESS: '127.0.0.1',
    },
  });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exit;
  });
  return service;
}

interface Peers {
  items: { id: string; url: string; version?: { name: string }; error?: string }[];
  complete: boolean;
}

async function peersOf({ url }: Service): Promise<Peers> {
  const response = await fetch(`${url}/v1/peers`);
  expect(response.status).toBe(200);
  return (await response.json()) as Peers;
}

const registeredUrl = ({ url }: Service) => `http://127.0.0.1:${new URL(url).port}`;

describeWithConsul('the peers of an instance', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startAgent();
  });
  afterAll(() => agent.stop());

  test('are all passing instances; a hanging or foreign one is listed with an error and does not delay the others', async () => {
    const services = await Promise.all([1, 2, 3].map(() => start(agent.url, 'fleet')));
    const [caller, , hanging] = services;
    if (caller === undefined || hanging === undefined) throw new Error('three services were started');
    await Promise.all(services.map((service) => service.line('registered with Consul')));
    await expect.poll(async () => (await peersOf(caller)).items.length).toBe(3);
    const all = await peersOf(caller);
    expect(all.complete).toBe(true);
    expect(all.items.map(({ url }) => url).toSorted()).toEqual(services.map(registeredUrl).toSorted());
    for (const { version } of all.items) expect(version?.name).toBe('fleet');

    const foreignServer = createServer((_request, response) => void response.end('hello')).listen(0, '127.0.0.1');
    onTestFinished(() => void foreignServer.close());
    await expect.poll(() => foreignServer.listening).toBe(true);
    const { port } = foreignServer.address() as AddressInfo;
    const body = { ID: 'foreign', Name: 'fleet', Address: '127.0.0.1', Port: port };
    await agent.api('PUT', '/agent/service/register', { body });
    await expect.poll(async () => (await peersOf(caller)).items.length).toBe(4);

    // Consul checks its readiness every 10 s, so it stays "passing" for a while.
    hanging.kill('SIGSTOP');
    const startedAt = performance.now();
    const { items, complete } = await peersOf(caller);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(complete).toBe(false);
    const errors = items.filter(({ error }) => error !== undefined).map(({ url, error }) => [url, error]);
    expect(errors.toSorted()).toEqual(
      [
        [registeredUrl(hanging), 'timeout'],
        [`http://127.0.0.1:${port}`, 'unexpected_answer'],
      ].toSorted(),
    );
    expect(items.filter(({ version }) => version !== undefined)).toHaveLength(2);
    const series = 'http_client_requests_total{target="fleet",method="GET",code="timeout"}';
    expect(await metric(caller, series)).toBeGreaterThanOrEqual(1);
    hanging.kill('SIGCONT');
    const responding = async () => (await peersOf(caller)).items.filter(({ version }) => version !== undefined).length;
    await expect.poll(responding).toBe(3);
  });

  test('are the last known ones while Consul is unavailable, and 503 if it has never been available', async () => {
    const killedAgent = await startAgent();
    onTestFinished(() => killedAgent.stop());
    const service = await start(killedAgent.url, 'alone');
    await service.line('registered with Consul');
    await expect.poll(async () => (await peersOf(service)).items.length).toBe(1);
    await killedAgent.kill();
    await service.line('discovery of alone: Consul is unavailable');
    expect((await peersOf(service)).items).toMatchObject([{ version: { name: 'alone' } }]);

    const ports = await agentPorts();
    const isolated = await start(`http://127.0.0.1:${ports.http}`, 'alone');
    const response = await fetch(`${isolated.url}/v1/peers`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ code: 'consul_unavailable' });
    for (const each of [service, isolated]) each.kill('SIGTERM');
    expect([(await service.exit).code, (await isolated.exit).code]).toEqual([0, 0]);
  });
});
