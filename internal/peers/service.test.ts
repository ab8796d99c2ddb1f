import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPeerService, inParallel } from './service.ts';

test('without Consul, an instance lists only itself', async () => {
  const self = { name: 'a', version: '1.0.0', revision: 'b', node: 'c' };
  const { list } = createPeerService({ self, discovery: undefined });
  expect(await list({ requestId: 'd', signal: new AbortController().signal })).toEqual({
    items: [{ id: 'self', version: self }],
    complete: true,
  });
});

test('processes every item, never more than the limit at once, and returns the results in order', async () => {
  let running = 0;
  let maxRunning = 0;
  const results = await inParallel([5, 1, 4, 2, 3], 2, async (turns) => {
    maxRunning = Math.max(maxRunning, ++running);
    for (let count = 0; count < turns; count += 1) await turn();
    running -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(maxRunning).toBe(2);
});

test('rejects when one item fails, and returns an empty list for no items', async () => {
  const failing = inParallel([1, 2, 3], 2, async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await inParallel([], 2, async () => 1)).toEqual([]);
});
