import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { agentPorts, type ConsulAgent, startAgent } from '../support/consul/agent.ts';
import { describeWithConsul } from '../support/consul/binary.ts';
import { type Service, type ServiceOptions, startService } from '../support/service.ts';
import { temporaryFiles } from '../support/temporary-files.ts';
import { createTestAuthority } from '../support/test-authority.ts';

async function startRegistered(url: string, env: ServiceOptions['env'] = {}): Promise<Service> {
  const service = await startService({
    env: { SKIFF_CONSUL_ENABLED: 'true', SKIFF_CONSUL_ADDRESS: url, SKIFF_CONSUL_SERVICE_ADDRESS: '127.0.0.1', ...env },
  });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exit;
  });
  return service;
}

async function metric(service: Service, name: string): Promise<number> {
  const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
}

describeWithConsul('a service with Consul', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startAgent();
  });
  afterAll(() => agent.stop());
  const passing = () => agent.api('GET', '/health/service/skiff?passing');
  const services = () => agent.api('GET', '/agent/services');

  test('is registered once it is ready, passes the readiness check except in maintenance, and deregisters before it drains', async () => {
    const service = await startRegistered(agent.url, {
      SKIFF_LIFECYCLE_DRAIN_DELAY: '5s',
      SKIFF_CONSUL_SERVICE_CHECK_INTERVAL: '1s',
      SKIFF_CONSUL_SERVICE_TAGS: 'blue,green',
    });
    await service.line('registered with Consul');
    const port = Number(new URL(service.url).port);
    // The catalog follows the agent a moment later.
    await expect.poll(passing).toMatchObject([
      {
        Service: {
          Address: '127.0.0.1',
          Port: port,
          Tags: ['blue', 'green'],
          Meta: { protocol: 'http', revision: 'unknown', version: expect.any(String) },
        },
      },
    ]);
    expect(await metric(service, 'consul_registered')).toBe(1);
    expect(await (await fetch(`${service.adminUrl}/readyz?verbose`)).text()).toContain('[+]consul ok');
    // The agent has run the check, so "passing" is a result and not the initial state.
    const output = async () => JSON.stringify(await agent.api('GET', '/agent/checks'));
    await expect.poll(output).toContain('200 OK');

    const headers = { 'content-type': 'application/json' };
    await fetch(`${service.adminUrl}/maintenance`, { method: 'PUT', headers, body: '{"seconds":60,"reason":"test"}' });
    await expect.poll(passing).toEqual([]);
    await fetch(`${service.adminUrl}/maintenance`, { method: 'DELETE' });
    await expect.poll(passing).toHaveLength(1);

    service.kill('SIGTERM');
    await service.line('deregistered from Consul');
    expect(await services()).toEqual({});
    expect((await fetch(`${service.url}/version`)).status).toBe(200);
    expect((await service.exit).code).toBe(0);
  });

  test('registers the protocol https with TLS on both listeners, and passes the readiness check over TLS', async () => {
    const { cert, key } = await (await createTestAuthority()).issue('CN=localhost');
    const folder = temporaryFiles({ 'tls.crt': cert, 'tls.key': key });
    const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    const service = await startRegistered(agent.url, {
      SKIFF_HTTP_TLS_CERT_FILE: certFile,
      SKIFF_HTTP_TLS_KEY_FILE: keyFile,
      SKIFF_ADMIN_TLS_CERT_FILE: certFile,
      SKIFF_ADMIN_TLS_KEY_FILE: keyFile,
      SKIFF_CONSUL_SERVICE_CHECK_INTERVAL: '1s',
    });
    await service.line('registered with Consul');
    await expect.poll(passing).toMatchObject([{ Service: { Meta: { protocol: 'https' } } }]);
    const output = async () => JSON.stringify(await agent.api('GET', '/agent/checks'));
    await expect.poll(output).toMatch(/https:.*200 OK/);
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  });

  test('starts and is ready without an agent, registers when one starts, and registers again after the agent was killed', async () => {
    const ports = await agentPorts();
    const service = await startRegistered(`http://127.0.0.1:${ports.http}`);
    expect(Number((await service.line('started')).duration_ms)).toBeLessThan(10_000);
    await service.line('registration: Consul is unavailable');
    expect((await fetch(`${service.adminUrl}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${service.adminUrl}/readyz?verbose`)).text()).toContain('[-]consul');
    expect(await metric(service, 'consul_registered')).toBe(0);

    const late = await startAgent({ ports });
    onTestFinished(() => late.stop());
    await expect.poll(() => metric(service, 'consul_registered')).toBe(1);
    await late.kill();
    await expect.poll(() => metric(service, 'consul_registered')).toBe(0);
    await late.restart();
    const startedAt = performance.now();
    await expect.poll(() => metric(service, 'consul_registered')).toBe(1);
    // The 5 s of the promise, and as much again for a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(Object.keys(Object(await late.api('GET', '/agent/services')))).toHaveLength(1);
    // One line for each of the two outages, however many attempts failed.
    expect(service.lines.filter(({ msg }) => msg === 'registration: Consul is unavailable')).toHaveLength(2);
  });

  test('stops within its time limit while the agent hangs', async () => {
    const hanging = await startAgent();
    onTestFinished(() => hanging.stop());
    const service = await startRegistered(hanging.url);
    await service.line('registered with Consul');
    hanging.pause();
    const startedAt = performance.now();
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
    // The hard deadline, after which the exit code is 1, is 9 s.
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  test('after SIGKILL its entry turns critical and is removed within 120 s', { timeout: 180_000 }, async () => {
    const service = await startRegistered(agent.url, {
      SKIFF_CONSUL_SERVICE_CHECK_INTERVAL: '1s',
      SKIFF_CONSUL_SERVICE_DEREGISTER_AFTER: '1m',
    });
    await service.line('registered with Consul');
    service.kill('SIGKILL');
    await expect.poll(passing).toEqual([]);
    expect(Object.keys(Object(await services()))).toHaveLength(1);
    await expect.poll(services, { timeout: 120_000, interval: 1_000 }).toEqual({});
  });
});
