import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startProtectedAgent } from '../../template/support/consul/access-control.ts';
import { agentPorts, type ConsulAgent, startAgent } from '../../test/support/consul/agent.ts';
import { consulBinary, consulVersion, describeWithConsul } from '../../test/support/consul/binary.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createConsulClient } from './client.ts';
import { isConsulError } from './errors.ts';
import { createResolver, type ResolverOptions } from './resolver.ts';

function start(address: string, options: ResolverOptions = {}, token?: string) {
  const lines: string[] = [];
  const line = (_fields: object, message: string) => void lines.push(message);
  const client = createConsulClient({ address }, { token: () => token });
  const metrics = createMetrics();
  const resolver = createResolver(options, { client, metrics, logger: { info: line, warn: line, error: line } });
  onTestFinished(async () => {
    await resolver.close();
    client.close();
  });
  const age = async (service: string) => {
    const { body } = await metrics.expose();
    return Number(new RegExp(`^consul_resolver_age_seconds{target="${service}"} (.+)$`, 'm').exec(body)?.[1]);
  };
  return { resolver, lines, age };
}

/** Registers an instance whose check status the test sets. */
async function register(
  agent: ConsulAgent,
  name: string,
  id: string,
  options: { tags?: string[]; address?: string } = {},
) {
  const check = { CheckID: `check-${id}`, TTL: '10m', Status: 'passing' };
  const body = { ID: id, Name: name, Port: 4000, Check: check, Tags: options.tags, Address: options.address };
  await agent.api('PUT', '/agent/service/register', { body });
  // The catalog follows the agent a moment later.
  const passing = async () => JSON.stringify(await agent.api('GET', `/health/service/${name}?passing`));
  await expect.poll(passing).toContain(`"ID":"${id}"`);
  return {
    fail: () => agent.api('PUT', `/agent/check/fail/check-${id}`),
    pass: () => agent.api('PUT', `/agent/check/pass/check-${id}`),
  };
}

describeWithConsul('the resolver', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startAgent();
  });
  afterAll(() => agent.stop());

  test('returns the passing instances and follows changes', async () => {
    const name = randomUUID();
    const first = await register(agent, name, `${name}-1`, { address: '10.0.0.1' });
    const { resolver } = start(agent.url);
    const ids = async () => (await resolver.resolve(name)).map(({ id }) => id.slice(-1)).toSorted();
    expect(await resolver.resolve(name)).toEqual([
      { id: `${name}-1`, address: '10.0.0.1', port: 4000, tags: [], meta: {}, node: agent.node },
    ]);
    await register(agent, name, `${name}-2`);
    await expect.poll(ids).toEqual(['1', '2']);
    await first.fail();
    await expect.poll(ids).toEqual(['2']);
    await first.pass();
    await expect.poll(ids).toEqual(['1', '2']);
    await agent.api('PUT', `/agent/service/deregister/${name}-2`);
    await expect.poll(ids).toEqual(['1']);
  });

  test('an instance without an address gets that of its node', async () => {
    const name = randomUUID();
    await register(agent, name, name);
    expect(await start(agent.url).resolver.resolve(name)).toMatchObject([{ address: '127.0.0.1' }]);
  });

  test('returns only instances with the tag, in round-robin order', async () => {
    const name = randomUUID();
    await register(agent, name, `${name}-1`, { tags: ['blue'] });
    await register(agent, name, `${name}-2`, { tags: ['green', 'new'] });
    await register(agent, name, `${name}-3`, { tags: ['green'] });
    const { resolver } = start(agent.url, { preference: 'round-robin' });
    const firsts = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const [first] = await resolver.resolve(name, { tag: 'green' });
      firsts.push(first?.id.slice(-1));
    }
    expect(firsts).toEqual(['2', '3', '2', '3']);
    expect(await resolver.resolve(name, { tag: 'none' })).toEqual([]);
  });

  test('an unregistered service has no instances', async () => {
    expect(await start(agent.url).resolver.resolve(randomUUID())).toEqual([]);
  });

  test('the last list stays in use while the agent is unavailable, its age grows, and following resumes afterwards', async () => {
    const mortal = await startAgent();
    onTestFinished(() => mortal.stop());
    await register(mortal, 'orders', 'orders-1');
    const { resolver, lines, age } = start(mortal.url);
    expect(await resolver.resolve('orders')).toHaveLength(1);
    await mortal.kill();
    await expect.poll(() => lines).toEqual(['discovery of orders: Consul is unavailable']);
    expect(await resolver.resolve('orders')).toHaveLength(1);
    const before = await age('orders');
    await expect.poll(() => age('orders')).toBeGreaterThan(before + 0.5);
    await mortal.restart();
    await register(mortal, 'orders', 'orders-2');
    await expect.poll(async () => (await resolver.resolve('orders'))[0]?.id).toBe('orders-2');
    expect(await age('orders')).toBeLessThan(5);
    expect(lines.at(-1)).toBe('discovery of orders: recovered');
  });

  test('the last list stays in use while the agent hangs', async () => {
    const hanging = await startAgent();
    onTestFinished(() => hanging.stop());
    await register(hanging, 'orders', 'orders-1');
    const { resolver, lines } = start(hanging.url, { waitMs: 500 });
    await resolver.resolve('orders');
    hanging.pause();
    await expect.poll(() => lines).toEqual(['discovery of orders: Consul is unavailable']);
    expect(await resolver.resolve('orders')).toHaveLength(1);
  });

  test('without a list it fails immediately, and recovers when the agent becomes available', async () => {
    const ports = await agentPorts();
    const { resolver, age } = start(`http://127.0.0.1:${ports.http}`);
    const failure = await resolver.resolve('orders').catch((error: unknown) => error);
    expect(isConsulError(failure, 'CONSUL_UNAVAILABLE')).toBe(true);
    expect(await age('orders')).toBeNaN();
    const late = await startAgent({ ports });
    onTestFinished(() => late.stop());
    const count = () =>
      resolver.resolve('orders').then(
        ({ length }) => length,
        () => 'none',
      );
    await expect.poll(count).toBe(0);
  });

  test('a token that may not read the service is distinguished from a service without instances', async () => {
    const protecting = await startProtectedAgent();
    onTestFinished(() => protecting.stop());
    const body = { Name: 'orders', Port: 1 };
    await protecting.api('PUT', '/agent/service/register', { body, token: protecting.managementToken });
    const seen = () => protecting.api('GET', '/health/service/orders', { token: protecting.managementToken });
    await expect.poll(seen).toHaveLength(1);
    const { secret } = await protecting.createToken('key "a" { policy = "read" }');
    const outcome = await start(protecting.url, {}, secret)
      .resolver.resolve('orders')
      .catch((error: unknown) => error);
    if (consulVersion(consulBinary ?? '') < 1011) {
      // Before 1.11, Consul does not report that results were filtered.
      expect(outcome).toEqual([]);
    } else {
      expect(outcome).toMatchObject({ code: 'CONSUL_DENIED' });
      expect(String(outcome)).toContain('service "orders" { policy = "read" }');
    }
  });

  test('waiting for the first list ends when the caller gives up', async () => {
    const hanging = await startAgent();
    onTestFinished(() => hanging.stop());
    hanging.pause();
    const reason = new Error('too late');
    const controller = new AbortController();
    const waiting = start(hanging.url).resolver.resolve('orders', { signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
