import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ConsulAgent, startAgent } from '../../test/support/consul/agent.ts';
import { describeWithConsul } from '../../test/support/consul/binary.ts';
import { createBackoff } from './backoff.ts';
import { followBlockingQuery, nextIndex } from './blocking-query.ts';
import { createConsulClient } from './client.ts';
import { createKv } from './kv.ts';

test.each([
  ['a first index is waited on', undefined, '7', '7'],
  ['a higher one too', '7', '8', '8'],
  ['the same one too', '7', '7', '7'],
  ['one that went backwards is forgotten', '7', '6', undefined],
  ['0 is forgotten', '7', '0', undefined],
  ['none at all is forgotten', '7', undefined, undefined],
  ['what is no number is forgotten', '7', 'x', undefined],
])('%s', (_name, last, answered, next) => {
  expect(nextIndex(last, answered)).toBe(next);
});

/** Follows with a query that answers from a list and then for ever with its last item. */
async function follow(answers: readonly (string | Error)[], forMs: number) {
  const asked: (string | undefined)[] = [];
  const values: string[] = [];
  const errors: unknown[] = [];
  await followBlockingQuery(
    {
      minIntervalMs: 20,
      backoff: { next: () => 0, reset: () => {}, wait: async () => {} },
      async query({ blocking }) {
        const answer = answers[Math.min(asked.length, answers.length - 1)];
        asked.push(blocking?.index);
        if (answer === undefined || answer instanceof Error) throw answer;
        return { value: answer, index: answer };
      },
      onValue: (value) => values.push(value),
      onError: (error) => errors.push(error),
    },
    AbortSignal.timeout(forMs),
  );
  return { asked, values, errors };
}

test('an answer that comes at once, again and again, makes no hot loop, and is told once', async () => {
  const { asked, values } = await follow(['7'], 300);
  expect(asked.length).toBeLessThanOrEqual(16);
  expect(asked.slice(0, 3)).toEqual([undefined, '7', '7']);
  expect(values).toEqual(['7']);
});

test('after an error and after an index that went backwards it asks afresh', async () => {
  const { asked, values, errors } = await follow(['7', new Error('gone'), '9', '3', '3'], 300);
  expect(asked.slice(0, 5)).toEqual([undefined, '7', undefined, '9', undefined]);
  expect(values.slice(0, 4)).toEqual(['7', '9', '3', '3']);
  expect(errors).toHaveLength(1);
});

describeWithConsul('a blocking query of a real agent', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startAgent();
  });
  afterAll(() => agent.stop());

  test('sees each change within a second, also after the agent was killed and had forgotten everything', async () => {
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
        backoff: createBackoff({ minMs: 100, maxMs: 100 }),
      },
      controller.signal,
    );
    await expect.poll(() => seen).toEqual([undefined]);
    await agent.api('PUT', `/kv/${key}`, { body: 'one' });
    await expect.poll(() => seen.at(-1), { timeout: 1_000 }).toBe('one');
    // Restarted between two calls, an agent that lost its data is noticed only when the next one has waited in vain.
    await expect.poll(() => calls).toBe(3);
    await agent.kill();
    await agent.restart();
    await expect.poll(() => seen.at(-1), { timeout: 5_000 }).toBeUndefined();
    await agent.api('PUT', `/kv/${key}`, { body: 'two' });
    await expect.poll(() => seen.at(-1), { timeout: 1_000 }).toBe('two');
    controller.abort();
    await following;
  });
});
