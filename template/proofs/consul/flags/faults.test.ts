import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ConsulAgent, startAgent } from '../../../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../../../test/support/consul/binary.ts';
import { type Service, type ServiceOptions, startService } from '../../../../test/support/service.ts';
import { temporaryFiles } from '../../../../test/support/temporary-files.ts';
import { startProtectedAgent } from '../../../support/consul/access-control.ts';
import { type FaultyProxy, startFaultyProxy } from '../../../support/consul/faulty-proxy.ts';
import { LONG } from '../../../support/long.ts';

const FAULT_MS = 3_000;
const HANG_MS = LONG ? 60_000 : FAULT_MS;

/** Time limit of a call to Consul, which also bounds the duration of routes that need Consul. */
const CONSUL_TIMEOUT_MS = 1_000;

/** The 10 s of the promise, and as much again for a busy machine. */
const RECOVERED = { timeout: 20_000 };

function startOnConsul(address: string, env: ServiceOptions['env'] = {}): Promise<Service> {
  return startService({
    env: {
      SKIFF_LOG_LEVEL: 'info',
      // Overload protection would reject requests on a busy machine.
      SKIFF_OVERLOAD_EVENT_LOOP_DELAY: '0s',
      SKIFF_CONSUL_ENABLED: 'true',
      SKIFF_CONSUL_ADDRESS: address,
      SKIFF_CONSUL_TIMEOUT: `${CONSUL_TIMEOUT_MS}ms`,
      SKIFF_CONSUL_SERVICE_ADDRESS: '127.0.0.1',
      SKIFF_FLAGS_STORE: 'consul',
      ...env,
    },
  });
}

interface Sample {
  status: number;
  ms: number;
  retryAfter: string | null;
}

async function request(url: string): Promise<Sample> {
  const startedAt = performance.now();
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  await response.arrayBuffer();
  return {
    status: response.status,
    ms: performance.now() - startedAt,
    retryAfter: response.headers.get('retry-after'),
  };
}

/** For `ms`, sends requests to a route that needs Consul and to one that does not, concurrently. */
async function sample(service: Service, ms: number): Promise<{ plain: Sample[]; flags: Sample[] }> {
  const end = performance.now() + ms;
  async function repeat(path: string): Promise<Sample[]> {
    const samples: Sample[] = [];
    while (performance.now() < end) {
      samples.push(await request(service.url + path));
      await delay(5);
    }
    return samples;
  }
  const [plain, ...flags] = await Promise.all([
    repeat('/version'),
    ...Array.from({ length: 5 }, () => repeat('/v1/flags')),
  ]);
  return { plain, flags: flags.flat() };
}

function quantile(samples: readonly Sample[], share: number): number {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

function openFiles(service: Service): number {
  return readdirSync(`/proc/${service.child.pid}/fd`).length;
}

async function isRegistered(service: Service): Promise<boolean> {
  return (await (await fetch(`${service.adminUrl}/metrics`)).text()).includes('\nconsul_registered 1');
}

describeWithConsul('while Consul is at fault', () => {
  let agent: ConsulAgent;
  let proxy: FaultyProxy;
  let service: Service;
  let normal: { median: number; files: number };
  beforeAll(async () => {
    agent = await startAgent();
    proxy = await startFaultyProxy(agent.url);
    service = await startOnConsul(proxy.url);
    await service.line('registered with Consul');
    await sample(service, 500);
    const { plain, flags } = await sample(service, FAULT_MS);
    expect(flags.filter(({ status }) => status !== 200)).toEqual([]);
    normal = { median: quantile(plain, 0.5), files: openFiles(service) };
  });
  afterAll(async () => {
    service.kill('SIGTERM');
    const { code, stderr } = await service.exit;
    await proxy.stop();
    await agent.stop();
    // No unhandled rejections, and no warnings about accumulating listeners or timers.
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each<[name: string, begin: () => void, end: () => void, ms: number]>([
    ['its agent hangs (SIGSTOP)', () => agent.pause(), () => agent.resume(), HANG_MS],
    [
      'responses are delayed by 2 s',
      () => proxy.set({ kind: 'delay', ms: 2_000 }),
      () => proxy.set({ kind: 'none' }),
      FAULT_MS,
    ],
    [
      'responses stall in the middle',
      () => proxy.set({ kind: 'stall', afterBytes: 60 }),
      () => proxy.set({ kind: 'none' }),
      FAULT_MS,
    ],
    [
      'half of the connections are reset',
      () => proxy.set({ kind: 'reset-half' }),
      () => proxy.set({ kind: 'none' }),
      FAULT_MS,
    ],
  ])(
    '%s: other routes stay fast, flags respond or reject with Retry-After, and the service recovers afterwards',
    async (_name, begin, end, ms) => {
      begin();
      const { plain, flags } = await sample(service, ms).finally(end);
      expect(plain.filter(({ status }) => status !== 200)).toEqual([]);
      // Twice the normal value, plus 50 ms for a busy machine, where the slowest requests say more about it than about Consul.
      expect(quantile(plain, 0.5)).toBeLessThan(2 * normal.median + 50);
      // A request that waited for Consul would take longer.
      expect(quantile(plain, 0.99)).toBeLessThan(CONSUL_TIMEOUT_MS / 2);
      const rejected = flags.filter(({ status }) => status !== 200);
      expect(rejected.length).toBeGreaterThan(0);
      for (const { status, retryAfter } of rejected) expect([status, retryAfter]).toEqual([503, '1']);
      expect(quantile(flags, 0.99)).toBeLessThan(CONSUL_TIMEOUT_MS + 1_500);

      await expect.poll(async () => (await request(`${service.url}/v1/flags`)).status).toBe(200);
      await expect.poll(() => isRegistered(service)).toBe(true);
      await expect.poll(() => openFiles(service)).toBeLessThanOrEqual(normal.files + 10);
    },
    HANG_MS + 90_000,
  );

  test('the agent is killed under load: flags are rejected with 503, and recover within 10 s of its restart', async () => {
    const during = sample(service, FAULT_MS);
    await agent.kill();
    const { plain, flags } = await during;
    expect(plain.filter(({ status }) => status !== 200)).toEqual([]);
    expect(flags.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    await agent.restart();
    await expect.poll(async () => (await request(`${service.url}/v1/flags`)).status, RECOVERED).toBe(200);
    await expect.poll(() => isRegistered(service), RECOVERED).toBe(true);
  });
});

describeWithConsul('invalid values in Consul', () => {
  test('such as 600 KB of text or invalid JSON are logged, left out of lists and do not affect other flags', async () => {
    const agent = await startAgent({ hcl: 'limits { kv_max_value_size = 1048576 txn_max_req_len = 1048576 }' });
    onTestFinished(() => agent.stop());
    const service = await startOnConsul(agent.url);
    onTestFinished(() => void service.kill('SIGKILL'));
    await agent.api('PUT', '/kv/skiff/flags/large', { body: 'x'.repeat(600 * 1024) });
    await agent.api('PUT', '/kv/skiff/flags/no-json', { body: '{' });
    const put = await fetch(`${service.url}/v1/flags/good`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"enabled":true}',
    });
    expect(put.status).toBe(201);
    const list = await (await fetch(`${service.url}/v1/flags`)).text();
    expect(JSON.parse(list).items).toEqual([expect.objectContaining({ key: 'good' })]);
    const reported = () =>
      service.lines
        .filter(({ msg }) => msg === 'ignored a Consul key that does not contain a flag')
        .map(({ key }) => key);
    await expect.poll(reported).toEqual(expect.arrayContaining(['skiff/flags/large', 'skiff/flags/no-json']));
    expect((await fetch(`${service.url}/v1/flags/large`)).status).toBe(500);
  });
});

describeWithConsul('a token', () => {
  test('that is denied, revoked and rotated in its file is logged without a flood, and recovers within 10 s', async () => {
    const agent = await startProtectedAgent();
    onTestFinished(() => agent.stop());
    const file = join(temporaryFiles({ token: 'b1946ac9-2492-d234-7c62-35dce7bfd002' }), 'token');
    const service = await startOnConsul(agent.url, { SKIFF_CONSUL_TOKEN_FILE: file });
    onTestFinished(() => void service.kill('SIGKILL'));
    const status = async () => (await request(`${service.url}/v1/flags`)).status;
    expect(await status()).toBe(503);
    await service.line('registration failed');

    const rules =
      'service "skiff" { policy = "write" } agent_prefix "" { policy = "read" } ' +
      'key_prefix "skiff/" { policy = "write" } session_prefix "" { policy = "write" }';
    const first = await agent.createToken(rules);
    writeFileSync(file, first.secret);
    await expect.poll(status, RECOVERED).toBe(200);
    await expect.poll(() => isRegistered(service), RECOVERED).toBe(true);

    await agent.revokeToken(first.accessor);
    await expect.poll(status, RECOVERED).toBe(503);
    writeFileSync(file, (await agent.createToken(rules)).secret);
    await expect.poll(status, RECOVERED).toBe(200);
    const failures = service.lines.filter(({ msg }) => msg === 'registration failed');
    expect(failures.length).toBeLessThanOrEqual(3);
    expect(JSON.stringify(failures)).toContain('the token is unknown to Consul');
  });
});
