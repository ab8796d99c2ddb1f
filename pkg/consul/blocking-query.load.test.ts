import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ConsulAgent, startAgent } from '../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../test/support/consul/binary.ts';
import { createBackoff } from '../retry/backoff.ts';
import { followBlockingQuery } from './blocking-query.ts';
import { createConsulClient } from './client.ts';
import { createKv } from './kv.ts';

describeWithConsul('a blocking query against a real agent', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startAgent();
  });
  afterAll(() => agent.stop());

  test('sees each change when it happens, even after the agent was killed and lost its data', async () => {
    const client = createConsulClient({ address: agent.url });
    onTestFinished(() => client.close());
    const kv = createKv(client);
    const key = randomUUID();
    const seen: (string | undefined)[] = [];
    let calls = 0;
    const controller = new AbortController();
    const following = followBlockingQuery(
      {
        query(call) {
          calls += 1;
          return kv.get(key, call);
        },
        onValue: (entry) => seen.push(entry?.value),
        onError: () => {},
        // Longer than the test: only the response to a change in Consul can show it.
        waitMs: 300_000,
        backoff: createBackoff({ minMs: 100, maxMs: 100 }),
      },
      controller.signal,
    );
    await expect.poll(() => seen).toEqual([undefined]);
    await agent.api('PUT', `/kv/${key}`, { body: 'one' });
    await expect.poll(() => seen.at(-1)).toBe('one');
    // Kill the agent during a call: data loss between two calls is noticed only after the next call has timed out.
    await expect.poll(() => calls).toBe(3);
    await agent.kill();
    await agent.restart();
    await expect.poll(() => seen.at(-1)).toBeUndefined();
    await agent.api('PUT', `/kv/${key}`, { body: 'two' });
    await expect.poll(() => seen.at(-1)).toBe('two');
    controller.abort();
    await following;
  });
});
