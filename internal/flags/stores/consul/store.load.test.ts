import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsulClient, createConsulClient } from '../../../../pkg/consul/client.ts';
import { createKv } from '../../../../pkg/consul/kv.ts';
import { describeWithSomeConsul, someAgent } from '../../../../test/support/consul/some-agent.ts';
import { describeFlagStore, START_MS } from '../../../../test/support/flags-store-suite.ts';
import { createConsulFlagStore } from './store.ts';

describeWithSomeConsul('the Consul flag store', () => {
  let agent: Awaited<ReturnType<typeof someAgent>>;
  let client: ConsulClient;
  beforeAll(async () => {
    agent = await someAgent();
    client = createConsulClient({ address: agent.url });
  });
  afterAll(async () => {
    client.close();
    await agent.stop();
  });

  function createStore({ maxFlags = 1_000, prefix = `test/${randomUUID()}/` } = {}) {
    const clock = { nowMs: START_MS };
    const kv = createKv(client);
    const unreadable: string[] = [];
    const store = createConsulFlagStore(
      { prefix, maxFlags },
      { kv, now: () => clock.nowMs, onUnreadable: (key) => unreadable.push(key) },
    );
    return { clock, store, kv, prefix, unreadable };
  }

  describeFlagStore(createStore);

  const flag = { key: 'a', enabled: true, version: 1, updatedAt: new Date(START_MS).toISOString() };

  test('is shared by all instances that use it, including the revisions', async () => {
    const { store, prefix } = createStore();
    const other = createStore({ prefix }).store;
    const first = await store.put(flag, 'absent');
    if (first.outcome !== 'stored') throw new Error(first.outcome);
    expect(await other.get('a', { consistent: true })).toEqual({ value: flag, revision: first.revision });
    expect(await other.put({ ...flag, version: 2 }, first)).toMatchObject({ outcome: 'stored' });
    expect(await store.put({ ...flag, version: 2 }, first)).toEqual({ outcome: 'conflict' });
    expect(await store.delete('a', first)).toBe('conflict');
  });

  test.each(['', 'no JSON', '{"flag":1,"nonce":"x"}', JSON.stringify({ flag: { ...flag, key: 'b' }, nonce: 'x' })])(
    'omits a value that is not a valid flag from lists, reports it once, and never overwrites it: %j',
    async (value) => {
      const { store, kv, prefix, unreadable } = createStore();
      await kv.transact([{ verb: 'cas', key: `${prefix}a`, value, index: 0 }]);
      expect(await store.list({ limit: 10 })).toEqual([]);
      expect(await store.list({ limit: 10 })).toEqual([]);
      expect(unreadable).toEqual([`${prefix}a`]);
      await expect(store.get('a')).rejects.toThrow(`${prefix}a does not contain a flag`);
      await expect(store.put(flag, 'absent')).rejects.toThrow('does not contain a flag');
    },
  );

  test('deletes expired flags, but none while its fence does not hold', async () => {
    const { store, clock, kv, prefix } = createStore();
    await store.put({ ...flag, expiresAt: new Date(START_MS + 1_000).toISOString() }, 'absent');
    await store.put({ ...flag, key: 'b' }, 'absent');
    clock.nowMs += 2_000;
    const { signal } = new AbortController();
    const fence = { verb: 'check-session', key: `${prefix}leader`, session: randomUUID() } as const;
    expect(await store.reclaimExpired({ signal, fence })).toBe(0);
    expect(await kv.keys(prefix)).toEqual([`${prefix}a`, `${prefix}b`]);
    expect(await store.reclaimExpired({ signal })).toBe(1);
    expect(await kv.keys(prefix)).toEqual([`${prefix}b`]);
  });
});

test('while the agent is unavailable, every method fails with a 503 that has a Retry-After', async () => {
  const client = createConsulClient({ address: 'http://127.0.0.1:1' });
  const store = createConsulFlagStore({ prefix: 'x/' }, { kv: createKv(client) });
  const unavailable = { status: 503, code: 'flag_store_unavailable', headers: { 'retry-after': '1' } };
  await expect(store.get('a')).rejects.toMatchObject(unavailable);
  await expect(store.list({ limit: 1 })).rejects.toMatchObject(unavailable);
  await expect(store.delete('a', { revision: '1--x' })).rejects.toMatchObject(unavailable);
  client.close();
});
