import { expect, test } from 'vitest';
import { createSampleThingJob } from './job.ts';

test('runs again after a failed run, and stop waits for the current run', async () => {
  const events: string[] = [];
  const third = Promise.withResolvers<void>();
  const job = createSampleThingJob(
    { intervalMs: 1 },
    {
      async run(signal) {
        events.push('run');
        if (events.length === 1) throw new Error('failed');
        if (events.length < 4) return;
        third.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        events.push('run ended');
      },
      logger: { warn: (_fields, message) => events.push(message) },
    },
  );
  await job.start?.(new AbortController().signal);
  await third.promise;
  await job.stop?.(new AbortController().signal);
  expect(events).toEqual(['run', 'sample thing job failed', 'run', 'run', 'run ended']);
});
