import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { agentPorts, type ConsulAgent, startAgent } from '../../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../../test/support/consul/binary.ts';
import { runServer, type Service, type ServiceOptions, startService } from '../../../test/support/service.ts';
import { temporaryFiles } from '../../../test/support/temporary-files.ts';
import { startProtectedAgent } from '../../support/consul/access-control.ts';
import { metric } from '../../support/metric.ts';

const withConsul = (url: string) => ({ SKIFF_CONSUL_ENABLED: 'true', SKIFF_CONSUL_ADDRESS: url });

async function start(url: string, options: ServiceOptions = {}): Promise<Service> {
  const service = await startService({ ...options, env: { ...withConsul(url), ...options.env } });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exit;
  });
  await service.line('started');
  return service;
}

interface Setting {
  key: string;
  value: unknown;
  origin: string;
}

async function setting({ adminUrl }: Service, key: string): Promise<Setting | undefined> {
  const settings = (await (await fetch(`${adminUrl}/config`)).json()) as Setting[];
  return settings.find((candidate) => candidate.key === key);
}

const level = async (service: Service) => (await setting(service, 'log.level'))?.value;

test('a secret file that is a device is rejected at once', async () => {
  const { code, stderr } = await runServer({ env: { SKIFF_CONSUL_TOKEN_FILE: '/dev/zero' } });
  expect(code).toBe(78);
  expect(stderr).toContain('consul.token: expected a readable file (it is a device, not a regular file)');
});

test.each([
  ['is a FIFO', (path: string) => execFileSync('mkfifo', [path]), 'it is a FIFO'],
  ['is empty', (path: string) => writeFileSync(path, ''), 'PEM'],
])('a CA file for the agent that %s is rejected with a description', async (_what, make, clue) => {
  const path = join(temporaryFiles({}), 'ca');
  make(path);
  const { code, stderr } = await runServer({ env: { SKIFF_CONSUL_ENABLED: 'true', SKIFF_CONSUL_CA_FILE: path } });
  expect([code, stderr]).toEqual([78, expect.stringContaining(`${path}: consul.caFile: expected`)]);
  expect(stderr).toContain(clue);
});

describeWithConsul('the configuration in Consul', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startAgent();
  });
  afterAll(() => agent.stop());

  /** Creates a unique prefix with these settings. */
  async function prefixWith(values: Readonly<Record<string, string>>) {
    const prefix = `config/${randomUUID()}`;
    const put = (key: string, value: string) => agent.api('PUT', `/kv/${prefix}/${key}`, { body: value });
    for (const [key, value] of Object.entries(values)) await put(key, value);
    const remove = (key: string) => agent.api('DELETE', `/kv/${prefix}/${key}`);
    return { put, remove, prefix, env: { SKIFF_CONSUL_CONFIG_PREFIX: prefix } };
  }

  test('is read at start, by default from config/<service.name>, and overridden by the environment', async () => {
    await agent.api('PUT', '/kv/config/boat/log.level', { body: 'debug' });
    await agent.api('PUT', '/kv/config/boat/http.maxConnections', { body: '77' });
    const service = await start(agent.url, { env: { SKIFF_SERVICE_NAME: 'boat', SKIFF_HTTP_MAX_CONNECTIONS: '78' } });
    expect(await setting(service, 'log.level')).toMatchObject({
      value: 'debug',
      origin: 'consul config/boat/log.level',
    });
    expect(await setting(service, 'http.maxConnections')).toMatchObject({ value: 78 });
    expect(await metric(service, 'config_last_reload_successful')).toBe(1);
  });

  test('is applied when it changes except for invalid keys, and a deleted key reverts to its previous layer', async () => {
    const { put, remove, prefix, env } = await prefixWith({});
    const service = await start(agent.url, { env });
    const startedAt = performance.now();
    await put('log.level', 'debug');
    await expect.poll(() => level(service), { interval: 20 }).toBe('debug');
    // A query without a change lasts 30 s.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await service.line('configuration changed')).toMatchObject({
      before: 'info',
      after: 'debug',
      origin: `consul ${prefix}/log.level`,
    });

    await put('http.bodyLimit', '2MiB');
    expect(await service.line('configuration change requires a restart')).toMatchObject({ key: 'http.bodyLimit' });
    await put('consul.token', 'not-to-be-shown');
    const rejected = await service.line('configuration keys rejected, the others are in use');
    expect(JSON.stringify(rejected)).toContain('consul.token');
    expect(JSON.stringify(service.lines)).not.toContain('not-to-be-shown');
    await put('log.level', 'error');
    await expect.poll(() => level(service)).toBe('error');
    await put('log.level', 'loud');
    await expect.poll(() => service.lines.filter(({ msg }) => msg === rejected.msg).length).toBe(2);
    expect([await level(service), await metric(service, 'config_last_reload_successful')]).toEqual(['error', 0]);

    await remove('consul.token');
    await remove('log.level');
    await expect.poll(() => level(service)).toBe('info');
    expect(await metric(service, 'config_last_reload_successful')).toBe(1);
  });

  test('is used without an invalid key that is present at start, with one error logged', async () => {
    const { put, remove, env } = await prefixWith({ 'log.level': 'debug', 'service.name': 'other' });
    const service = await start(agent.url, { env });
    const message = 'configuration keys rejected, the others are in use';
    expect(await service.line(message)).toMatchObject({ level: 'error', problems: [{ key: 'service.name' }] });
    expect([await level(service), await metric(service, 'config_last_reload_successful')]).toEqual(['debug', 0]);
    await put('log.level', 'warn');
    await expect.poll(() => level(service)).toBe('warn');
    expect(service.lines.filter(({ msg }) => msg === message)).toHaveLength(1);
    await remove('service.name');
    await expect.poll(() => metric(service, 'config_last_reload_successful')).toBe(1);
  });

  test('is ignored as a whole if its keys are inconsistent at start, and applied once they are corrected', async () => {
    const { put, env } = await prefixWith({ 'log.level': 'debug', 'http.headersTimeout': '1s' });
    const service = await start(agent.url, { env });
    expect(await service.line('configuration change rejected')).toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({ origin: expect.stringContaining('headersTimeout') }),
      ]),
    });
    expect([await level(service), await metric(service, 'config_last_reload_successful')]).toEqual(['info', 0]);
    await put('http.headersTimeout', '70s');
    await expect.poll(() => level(service)).toBe('debug');
  });

  test("may contain folders created in Consul's UI, which are skipped", async () => {
    const { env } = await prefixWith({ '': '', 'http/': '', 'log.level': 'debug' });
    const service = await start(agent.url, { env });
    expect([await level(service), await metric(service, 'config_last_reload_successful')]).toEqual(['debug', 1]);
  });

  test('that is required but invalid or unavailable at start makes the service exit with 78', async () => {
    const { env } = await prefixWith({ 'log.level': 'loud', 'http.bodyLimit': 'x'.repeat(500_000) });
    const required = { ...env, SKIFF_CONSUL_CONFIG_REQUIRED: 'true' };
    const wrong = await runServer({ env: { ...withConsul(agent.url), ...required } });
    expect([wrong.code, wrong.stderr]).toEqual([78, expect.stringMatching(/log\.level.*"loud"/s)]);
    expect(wrong.stderr.length).toBeLessThan(2_000);
    const [nowhere] = Object.values(await agentPorts());
    const unavailable = await runServer({ env: { ...withConsul(`http://127.0.0.1:${nowhere}`), ...required } });
    expect([unavailable.code, unavailable.stderr]).toEqual([78, expect.stringContaining('ECONNREFUSED')]);
  });

  test('on a hanging agent delays the start by at most consul.timeout and is applied later', async () => {
    const hanging = await startAgent();
    onTestFinished(() => hanging.stop());
    await hanging.api('PUT', '/kv/config/skiff/log.level', { body: 'debug' });
    hanging.pause();
    const startedAt = performance.now();
    const service = await start(hanging.url, { env: { SKIFF_CONSUL_TIMEOUT: '500ms' } });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(await metric(service, 'config_last_reload_successful')).toBe(0);
    hanging.resume();
    await expect.poll(() => level(service)).toBe('debug');
    expect(await metric(service, 'config_last_reload_successful')).toBe(1);
  });

  test('that the token cannot read is reported once with the missing rule, and applied with a token that has the rule', async () => {
    const protecting = await startProtectedAgent();
    onTestFinished(() => protecting.stop());
    await protecting.api('PUT', '/kv/config/skiff/log.level', { body: 'debug', token: protecting.managementToken });
    const registering = 'service "skiff" { policy = "write" } agent_prefix "" { policy = "read" }';
    const without = await protecting.createToken(registering);
    const denied = await start(protecting.url, { env: { SKIFF_CONSUL_TOKEN: without.secret } });
    const rule = 'key_prefix "config/skiff/" { policy = "read" }';
    expect(await denied.line('configuration change rejected')).toMatchObject({
      problems: [{ expected: expect.stringContaining(rule) }],
    });
    await denied.line('configuration failed');
    expect(await metric(denied, 'config_last_reload_successful')).toBe(0);

    const enough = await protecting.createToken(`${registering} ${rule}`);
    const allowed = await start(protecting.url, { env: { SKIFF_CONSUL_TOKEN: enough.secret } });
    expect(await level(allowed)).toBe('debug');
    // By now the service has retried several times.
    expect(denied.lines.filter(({ msg }) => msg === 'configuration failed')).toHaveLength(1);
  });

  test('stays in use when the agent is killed', async () => {
    const killedAgent = await startAgent();
    onTestFinished(() => killedAgent.stop());
    await killedAgent.api('PUT', '/kv/config/skiff/log.level', { body: 'debug' });
    const service = await start(killedAgent.url);
    await killedAgent.kill();
    await service.line('configuration: Consul is unavailable');
    expect(await level(service)).toBe('debug');
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  });
});
