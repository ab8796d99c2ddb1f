import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ProtectedAgent, startProtectedAgent } from '../../template/support/consul/access-control.ts';
import { type FaultyProxy, startFaultyProxy } from '../../template/support/consul/faulty-proxy.ts';
import { type ConsulAgent, startAgent } from '../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../test/support/consul/binary.ts';
import { freePorts } from '../../test/support/free-ports.ts';
import { createConsulClient } from './client.ts';
import { createRegistration, type Registration, type RegistrationOptions } from './registration.ts';

interface Line {
  level: string;
  message: string;
  error: string;
}

const PORT = 4242;
/** Time limit of a call to an agent, in milliseconds. */
const LIMIT_MS = 30_000;
/** The 5 s of the promise, and as much again for a busy machine. */
const RESTORED = { timeout: 10_000 };

/** Starts a registration and records its log lines. Deregisters at the end of the test. */
function register(
  address: string,
  overrides: { options?: Partial<RegistrationOptions>; ready?: () => boolean; token?: () => string | undefined } = {},
): { registration: Registration; lines: Line[] } {
  const { token = () => undefined, ready = () => true } = overrides;
  const lines: Line[] = [];
  const line = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, error: String(Reflect.get(fields, 'err') ?? '') });
  };
  const client = createConsulClient({ address, timeoutMs: LIMIT_MS }, { token });
  const registration = createRegistration(
    {
      name: 'orders',
      tags: ['blue'],
      meta: { version: '1.2.3' },
      address: '127.0.0.1',
      check: { path: '/readyz', intervalMs: 1_000, timeoutMs: 500, tls: false, deregisterAfterMs: 60_000 },
      ...overrides.options,
    },
    {
      client,
      logger: { info: line('info'), warn: line('warn'), error: line('error') },
      ports: () => ({ service: PORT, admin: 1 }),
      ready: async () => ready(),
    },
  );
  onTestFinished(async () => {
    await registration.deregister(AbortSignal.timeout(LIMIT_MS));
    client.close();
  });
  registration.start();
  return { registration, lines };
}

const id = `orders-${hostname()}-${PORT}`;

describeWithConsul('a registration', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startAgent();
  });
  afterAll(() => agent.stop());
  const services = () => agent.api('GET', '/agent/services');

  test('is created with all its details once the service is ready, and removed by deregistering', async () => {
    let isReady = false;
    // Nothing listens on the admin port: only a check long after the end of the test could make the instance critical.
    const check = { path: '/readyz', intervalMs: 600_000, timeoutMs: 500, tls: false, deregisterAfterMs: 60_000 };
    const { registration } = register(agent.url, { options: { check }, ready: () => isReady });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await services()).toEqual({});
    expect(() => registration.check()).toThrow('not registered');
    isReady = true;
    await expect.poll(() => registration.registered).toBe(true);
    expect(await services()).toMatchObject({
      [id]: { Service: 'orders', Address: '127.0.0.1', Port: PORT, Tags: ['blue'], Meta: { version: '1.2.3' } },
    });
    // The catalog follows the agent a moment later.
    await expect.poll(() => agent.api('GET', '/health/service/orders?passing')).toHaveLength(1);
    registration.check();
    await registration.deregister(AbortSignal.timeout(LIMIT_MS));
    expect(await services()).toEqual({});
    expect(registration.registered).toBe(false);
  });

  test('is restored within 5 s after the agent lost it or was restarted', async () => {
    const { registration, lines } = register(agent.url);
    await expect.poll(() => registration.registered).toBe(true);
    await agent.api('PUT', `/agent/service/deregister/${id}`);
    await expect.poll(services, RESTORED).toHaveProperty(id);

    await agent.kill();
    await expect.poll(() => registration.registered).toBe(false);
    await agent.restart();
    await expect.poll(services, RESTORED).toHaveProperty(id);
    await expect.poll(() => registration.registered).toBe(true);
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'the agent no longer knows the service: registering again',
      'registration: Consul is unavailable',
    ]);
  });

  test('is not restored by the watch if deregistered while it was being created', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { registration } = register(agent.url);
      await new Promise((resolve) => setTimeout(resolve, round));
      await registration.deregister(AbortSignal.timeout(LIMIT_MS));
      expect(await services()).toEqual({});
    }
  });

  test('is left behind after 2 s if the agent hangs while deregistering', async () => {
    const { registration, lines } = register(agent.url);
    await expect.poll(() => registration.registered).toBe(true);
    agent.pause();
    onTestFinished(() => agent.resume());
    const startedAt = performance.now();
    await registration.deregister(AbortSignal.timeout(2_000));
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS / 2);
    expect(lines.at(-1)?.message).toContain('failed to deregister');
  });
});

describeWithConsul('a registration behind an address that reaches several agents', () => {
  test('stays with its first agent and logs the mismatch once', async () => {
    const agents = await Promise.all([startAgent(), startAgent()]);
    onTestFinished(async () => void (await Promise.all(agents.map((agent) => agent.stop()))));
    const [first, second] = agents;
    if (first === undefined || second === undefined) throw new Error('two agents were started');
    // Not a port that a connection could take while no proxy listens on it.
    const [port] = await freePorts(1);
    let proxy: FaultyProxy = await startFaultyProxy(first.url, port);
    onTestFinished(() => proxy.stop());
    const { registration, lines } = register(proxy.url);
    await expect.poll(() => registration.registered).toBe(true);
    await proxy.stop();
    proxy = await startFaultyProxy(second.url, port);
    await expect.poll(() => lines.some(({ error }) => error.includes('reaches another agent'))).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(lines.filter(({ error }) => error.includes('reaches another agent'))).toHaveLength(1);
    expect(await second.api('GET', '/agent/services')).toEqual({});
    expect(registration.registered).toBe(false);
  });
});

describeWithConsul('a registration that needs a token', () => {
  let agent: ProtectedAgent;
  beforeAll(async () => {
    agent = await startProtectedAgent();
  });
  afterAll(() => agent.stop());

  const rules = 'service "orders" { policy = "write" } agent_prefix "" { policy = "read" }';

  test('logs once which rule is missing, and succeeds as soon as the token has it or a revoked token is replaced', async () => {
    let token: string | undefined;
    const { registration, lines } = register(agent.url, { token: () => token });
    const denials = () => lines.filter(({ level }) => level === 'error').map(({ error }) => error);
    await expect.poll(denials).toEqual([expect.stringContaining('agent_prefix "" { policy = "read" }')]);
    token = (await agent.createToken('agent_prefix "" { policy = "read" }')).secret;
    await expect.poll(denials).toHaveLength(2);
    expect(denials()[1]).toContain('service "orders" { policy = "write" }');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(denials()).toHaveLength(2);

    const { accessor, secret } = await agent.createToken(rules);
    token = secret;
    await expect.poll(() => registration.registered).toBe(true);
    await agent.revokeToken(accessor);
    token = (await agent.createToken(rules)).secret;
    const asManager = { token: agent.managementToken };
    await agent.api('PUT', `/agent/service/deregister/${id}`, asManager);
    const services = () => agent.api('GET', '/agent/services', asManager);
    await expect.poll(services).toHaveProperty(id);
  });
});
