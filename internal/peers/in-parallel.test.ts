import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inParallel } from './in-parallel.ts';

test('never more than the limit are at work, all are done, and the results are in order', async () => {
  let atWork = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 2, 3], 2, async (turns) => {
    most = Math.max(most, ++atWork);
    for (let count = 0; count < turns; count += 1) await turn();
    atWork -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('a failure is that of the whole; no items are no work', async () => {
  const failing = inParallel([1, 2, 3], 2, async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await inParallel([], 2, async () => 1)).toEqual([]);
});
