import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ProtectedAgent, startProtectedAgent } from '../../template/support/consul/access-control.ts';
import { createCertificates } from '../../template/support/consul/certificates.ts';
import { type FaultyProxy, startFaultyProxy } from '../../template/support/consul/faulty-proxy.ts';
import { startAgent } from '../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../test/support/consul/binary.ts';
import { describeWithSomeConsul, someAgent } from '../../test/support/consul/some-agent.ts';
import { freePorts } from '../../test/support/free-ports.ts';
import { createAgentApi } from './agent-api.ts';
import { type ConsulClient, type ConsulClientOptions, createConsulClient } from './client.ts';
import { createKv } from './kv.ts';
import { createSessions } from './sessions.ts';

function openClient(address: string, options: Partial<ConsulClientOptions> = {}, token?: string): ConsulClient {
  const client = createConsulClient({ address, ...options }, { token: () => token });
  onTestFinished(() => client.close());
  return client;
}

describeWithSomeConsul('the client of an agent', () => {
  let agent: Awaited<ReturnType<typeof someAgent>>;
  beforeAll(async () => {
    agent = await someAgent();
  });
  afterAll(() => agent.stop());

  test('a key is created, listed, changed and deleted, and each write requires the expected index', async () => {
    const kv = createKv(openClient(agent.url));
    const prefix = `test/${randomUUID()}/`;
    const key = `${prefix}ü x`;
    expect((await kv.get(key)).value).toBeUndefined();
    expect((await kv.list(prefix)).value).toEqual([]);
    expect(await kv.keys(prefix)).toEqual([]);

    const [created = 0] = (await kv.transact([{ verb: 'cas', key, value: 'one', index: 0 }])) ?? [];
    expect((await kv.get(key, { consistent: true })).value).toEqual({
      key,
      value: 'one',
      modifyIndex: created,
      session: undefined,
    });
    expect(await kv.transact([{ verb: 'cas', key, value: 'two', index: 0 }])).toBeUndefined();
    expect(await kv.transact([{ verb: 'cas', key, value: 'two', index: created - 1 }])).toBeUndefined();
    const [changed = 0] = (await kv.transact([{ verb: 'cas', key, value: '', index: created }])) ?? [];
    expect(changed).toBeGreaterThan(created);
    expect((await kv.list(prefix)).value.map(({ value }) => value)).toEqual(['']);
    expect(await kv.keys(prefix)).toEqual([key]);
    expect(await kv.transact([{ verb: 'delete-cas', key, index: created }])).toBeUndefined();
    expect(await kv.transact([{ verb: 'delete-cas', key, index: changed }])).toEqual([]);
    expect((await kv.get(key)).value).toBeUndefined();
  });

  test('a lock is held by one session, and a transaction can depend on it', async () => {
    const client = openClient(agent.url);
    const [kv, sessions] = [createKv(client), createSessions(client)];
    const key = `test/${randomUUID()}/lock`;
    const options = { name: 'test', ttlMs: 10_000, lockDelayMs: 0 };
    const [one, two] = [await sessions.create(options), await sessions.create(options)];
    expect(await kv.acquire(key, 'one', one)).toBe(true);
    expect(await kv.acquire(key, 'two', two)).toBe(false);
    expect((await kv.get(key)).value?.session).toBe(one);
    const write = { verb: 'cas', key: `${key}-x`, value: 'x', index: 0 } as const;
    expect(await kv.transact([{ verb: 'check-session', key, session: two }, write])).toBeUndefined();
    expect(await kv.transact([{ verb: 'check-session', key, session: one }, write])).toHaveLength(2);
    expect(await kv.release(key, one)).toBe(true);
    expect(await kv.acquire(key, 'two', two)).toBe(true);
    expect(await sessions.renew(two)).toBe(true);
    for (const session of [one, two]) await sessions.destroy(session);
    expect(await sessions.renew(two)).toBe(false);
    await expect(kv.acquire(key, 'one', one)).rejects.toMatchObject({ code: 'CONSUL_REJECTED' });
  });

  test('a value that is too large is rejected with 413', async () => {
    const kv = createKv(openClient(agent.url));
    const write = kv.transact([{ verb: 'cas', key: `test/${randomUUID()}`, value: 'x'.repeat(600 * 1024), index: 0 }]);
    await expect(write).rejects.toMatchObject({ code: 'CONSUL_REJECTED', status: 413 });
  });

  test('a service is registered, found on its agent, watched and deregistered', async () => {
    const api = createAgentApi(openClient(agent.url));
    const id = randomUUID();
    expect(await api.service(id)).toBeUndefined();
    await api.register({
      id,
      name: 'test',
      address: '127.0.0.1',
      port: 1,
      tags: ['a'],
      meta: { version: '1' },
      check: {
        http: 'http://127.0.0.1:1/',
        intervalMs: 60_000,
        timeoutMs: 1_000,
        tlsSkipVerify: false,
        deregisterCriticalServiceAfterMs: 60_000,
        status: 'passing',
      },
    });
    const hash = await api.service(id);
    expect(hash).toMatch(/^[0-9a-f]+$/);
    const watched = api.service(id, { hash, waitMs: 10_000, timeoutMs: 12_000 });
    await api.deregister(id);
    expect(await watched).toBeUndefined();
    await api.deregister(id);
    expect((await api.self()).node).not.toBe('');
  });

  test("an aborted call rejects with the signal's reason", async () => {
    const kv = createKv(openClient(agent.url));
    const controller = new AbortController();
    const key = `test/${randomUUID()}`;
    const waiting = kv.get(key, {
      blocking: { index: '1000000', waitMs: 10_000 },
      signal: controller.signal,
      timeoutMs: 20_000,
    });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(kv.get(key, { signal: controller.signal })).rejects.toThrow('enough');
  });

  test('a call fails immediately if its connection breaks during the response, and at its time limit if it stalls', async () => {
    const proxy: FaultyProxy = await startFaultyProxy(agent.url);
    onTestFinished(() => proxy.stop());
    const kv = createKv(openClient(proxy.url));
    const key = `test/${randomUUID()}`;
    await kv.transact([{ verb: 'cas', key, value: 'x'.repeat(10_000), index: 0 }]);
    proxy.set({ kind: 'cut', afterBytes: 1_000 });
    const startedAt = performance.now();
    await expect(kv.get(key, { timeoutMs: 15_000 })).rejects.toMatchObject({ code: 'CONSUL_UNAVAILABLE' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    proxy.set({ kind: 'stall', afterBytes: 1_000 });
    await expect(kv.get(key, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'CONSUL_TIMEOUT' });
    proxy.set({ kind: 'none' });
    expect((await kv.get(key)).value?.value).toHaveLength(10_000);
  });
});

describeWithConsul('the client of a protected agent', () => {
  let agent: ProtectedAgent;
  beforeAll(async () => {
    agent = await startProtectedAgent();
  });
  afterAll(() => agent.stop());

  test('the error of a denied call names the missing rule or says that the token is unknown', async () => {
    const denied = createKv(openClient(agent.url));
    await expect(denied.get('a/b')).rejects.toMatchObject({
      code: 'CONSUL_DENIED',
      message: expect.stringContaining('key_prefix "a/b" { policy = "read" }'),
    });
    const unknown = createKv(openClient(agent.url, {}, randomUUID()));
    await expect(unknown.get('a/b')).rejects.toMatchObject({
      code: 'CONSUL_DENIED',
      message: expect.stringContaining('the token is unknown to Consul'),
    });
    const allowed = createKv(openClient(agent.url, {}, agent.managementToken));
    expect((await allowed.get('a/b')).value).toBeUndefined();
  });

  test('an unknown datacenter is reported as unavailable', async () => {
    const kv = createKv(openClient(agent.url, { datacenter: 'mars' }, agent.managementToken));
    await expect(kv.get('x')).rejects.toMatchObject({
      code: 'CONSUL_UNAVAILABLE',
      message: expect.stringMatching(/datacenter/i),
    });
  });
});

describeWithConsul('the client of an agent that serves HTTPS', () => {
  test('works with the CA and a client certificate, and fails without either', async () => {
    const { agentHcl, ca, clientCert: cert, clientKey: key } = createCertificates();
    const [port = 0] = await freePorts(1);
    const agent = await startAgent({ hcl: agentHcl(port) });
    onTestFinished(() => agent.stop());
    const url = `https://127.0.0.1:${port}`;
    expect((await createKv(openClient(url, { tls: { ca, cert, key } })).get('x')).value).toBeUndefined();
    for (const tls of [{ ca }, { cert, key }]) {
      await expect(createKv(openClient(url, { tls })).get('x')).rejects.toMatchObject({
        code: 'CONSUL_UNAVAILABLE',
        message: expect.stringMatching(/certificate/i),
      });
    }
  });
});

test('a call to a stopped agent fails as unavailable, and one to an agent that hangs times out', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  await expect(createKv(openClient(url, { timeoutMs: 200 })).get('x')).rejects.toMatchObject({
    code: 'CONSUL_TIMEOUT',
  });
  silent.closeAllConnections();
  await once(silent.close(), 'close');
  await expect(createKv(openClient(url)).get('x')).rejects.toMatchObject({
    code: 'CONSUL_UNAVAILABLE',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});
