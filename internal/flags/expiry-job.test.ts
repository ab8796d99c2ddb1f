import { expect, onTestFinished, test } from 'vitest';
import { createExpiryJob } from './expiry-job.ts';
import type { FlagStore } from './store.ts';
import { createMemoryFlagStore } from './stores/memory.ts';

/** Starts a job whose runs have these results, and then end it. */
async function run(results: readonly (number | Error)[]): Promise<string[]> {
  const lines: string[] = [];
  const log = (_fields: object, message: string) => void lines.push(message);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const remaining = [...results];
  const store: FlagStore = {
    ...createMemoryFlagStore(),
    async reclaimExpired() {
      const result = remaining.shift();
      if (result === undefined) resolve();
      if (result instanceof Error) throw result;
      return result ?? 0;
    },
  };
  const job = createExpiryJob({ intervalMs: 1 }, { store, logger: { info: log, warn: log } });
  const { signal } = new AbortController();
  onTestFinished(async () => job.stop?.(signal));
  await job.start?.(signal);
  await done;
  return lines;
}

test('a run that deletes flags is logged', async () => {
  expect(await run([0, 2, 0, 1])).toEqual(['deleted expired flags', 'deleted expired flags']);
});

test('an outage of the store is logged once', async () => {
  const down = new Error('unavailable');
  expect(await run([down, down, 1, down])).toEqual([
    'could not delete expired flags',
    'deleted expired flags',
    'could not delete expired flags',
  ]);
});
