import { expect, test } from 'vitest';
import { createMetrics } from '../metrics/metrics.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';
import { createQueueMetrics } from './work-queue-metrics.ts';

const { signal: never } = new AbortController();

function createQueue(backoff = { minMs: 5, maxMs: 1_000 }): WorkQueue {
  return createWorkQueue({ name: 'test', backoff });
}

/** Returns whether the promise is still pending after the event loop has turned. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turned = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise, turned])) === pending;
}

test('keys are handed out in the order in which they were added, each once', async () => {
  const queue = createQueue();
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  expect(queue.length).toBe(3);
  expect([await queue.get(never), await queue.get(never), await queue.get(never)]).toEqual(['a', 'b', 'c']);
  expect(queue.length).toBe(0);
});

test('a key that is added while it is processed is handed out again only after it is done', async () => {
  const queue = createQueue();
  queue.add('a');
  expect(await queue.get(never)).toBe('a');
  queue.add('a');
  queue.add('a');
  const again = queue.get(never);
  expect(await isPending(again)).toBe(true);
  queue.done('a');
  expect(await again).toBe('a');
  queue.done('a');
  expect(await isPending(queue.get(never))).toBe(true);
});

test('waiting callers each get one key', async () => {
  const queue = createQueue();
  const both = Promise.all([queue.get(never), queue.get(never)]);
  queue.add('a');
  queue.add('b');
  expect(await both).toEqual(['a', 'b']);
});

test('a caller whose signal aborts while it waits gets undefined and takes no key', async () => {
  const queue = createQueue();
  const abort = new AbortController();
  const waiting = queue.get(abort.signal);
  abort.abort();
  queue.add('a');
  expect(await waiting).toBeUndefined();
  expect(await queue.get(AbortSignal.abort())).toBeUndefined();
  expect(await queue.get(never)).toBe('a');
});

test('a delayed key is handed out after its delay', async () => {
  const queue = createQueue();
  const startedAt = performance.now();
  queue.addAfter('a', 30);
  expect(queue.length).toBe(0);
  expect(await queue.get(never)).toBe('a');
  expect(performance.now() - startedAt).toBeGreaterThan(28);
});

test('of two delays of a key, the earlier one counts, and it is handed out once', async () => {
  const queue = createQueue();
  queue.addAfter('a', 60_000);
  queue.addAfter('a', 10);
  queue.addAfter('a', 60_000);
  expect(await queue.get(never)).toBe('a');
  queue.done('a');
  expect(await isPending(queue.get(never))).toBe(true);
  queue.close();
});

test.each([0, -1, Number.NaN])('a delay of %d ms adds the key at once', (delayMs) => {
  const queue = createQueue();
  queue.addAfter('a', delayMs);
  expect(queue.length).toBe(1);
});

test('a delay longer than a timer can be does not add the key at once', async () => {
  const queue = createQueue();
  queue.addAfter('a', 2 ** 40);
  queue.addAfter('b', 20);
  expect(await queue.get(never)).toBe('b');
  expect(queue.length).toBe(0);
  queue.close();
});

test('a key that fails is delayed longer each time, until it is forgotten', async () => {
  const queue = createQueue({ minMs: 20, maxMs: 1_000 });
  const times: number[] = [];
  for (let failure = 0; failure < 3; failure++) {
    const startedAt = performance.now();
    queue.addRateLimited('a');
    await queue.get(never);
    queue.done('a');
    times.push(performance.now() - startedAt);
  }
  expect(times[1]).toBeGreaterThan(38);
  expect(times[2]).toBeGreaterThan(78);
  expect(queue.retries('a')).toBe(3);
  queue.forget('a');
  expect(queue.retries('a')).toBe(0);
});

test('a closed queue hands out the waiting keys, then undefined, and drops delayed and further keys', async () => {
  const queue = createQueue();
  queue.add('a');
  queue.addAfter('b', 1);
  const [first, second] = [queue.get(never), queue.get(never)];
  expect(await first).toBe('a');
  queue.add('a');
  queue.close();
  queue.add('c');
  queue.addAfter('c', 1);
  // `a` was added before the queue was closed, and is still being processed.
  expect(await isPending(second)).toBe(true);
  queue.done('a');
  expect(await second).toBe('a');
  const third = queue.get(never);
  queue.done('a');
  expect(await third).toBeUndefined();
});

test('closing an empty queue releases its callers', async () => {
  const queue = createQueue();
  const waiting = Promise.all([queue.get(never), queue.get(never)]);
  queue.close();
  expect(await waiting).toEqual([undefined, undefined]);
});

test('no key is lost or processed twice at the same time by many workers', async () => {
  const queue = createQueue();
  const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
  const processing = new Set<string>();
  const seen = new Map<string, number>();
  const wanted = new Map<string, number>(keys.map((key) => [key, 0]));
  async function work(): Promise<void> {
    for (let key = await queue.get(never); key !== undefined; key = await queue.get(never)) {
      expect(processing.has(key)).toBe(false);
      processing.add(key);
      const version = wanted.get(key) ?? 0;
      await new Promise((resolve) => setImmediate(resolve));
      seen.set(key, version);
      processing.delete(key);
      queue.done(key);
    }
  }
  const workers = Array.from({ length: 8 }, work);
  for (let round = 1; round <= 40; round++) {
    for (const key of keys) {
      if (Math.random() < 0.5) continue;
      wanted.set(key, round);
      queue.add(key);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  queue.close();
  await Promise.all(workers);
  for (const key of keys) expect(seen.get(key) ?? 0).toBe(wanted.get(key));
});

test('the metrics have the names and labels of controller-runtime', async () => {
  const metrics = createMetrics();
  const queue = createWorkQueue({ name: 'jobs' }, { metrics: createQueueMetrics(metrics) });
  queue.add('a');
  queue.add('b');
  queue.add('a');
  queue.addRateLimited('c');
  await queue.get(never);
  const { body } = await metrics.expose();
  const labels = '{name="jobs",controller="jobs"}';
  expect(body).toContain(`workqueue_depth${labels} 1`);
  expect(body).toContain(`workqueue_adds_total${labels} 2`);
  expect(body).toContain(`workqueue_retries_total${labels} 1`);
  expect(body).toMatch(/workqueue_unfinished_work_seconds\{.*\} [\d.e-]+\n/);
  expect(body).toMatch(/workqueue_longest_running_processor_seconds\{.*\} [\d.e-]+\n/);
  expect(body).toContain('workqueue_queue_duration_seconds_count{name="jobs",controller="jobs"} 1');
  queue.done('a');
  const after = (await metrics.expose()).body;
  expect(after).toContain('workqueue_work_duration_seconds_count{name="jobs",controller="jobs"} 1');
  expect(after).toContain(`workqueue_longest_running_processor_seconds${labels} 0`);
  queue.close();
});

test('a later queue of the same name continues the series of a closed one, whose keys no longer count', async () => {
  const metrics = createMetrics();
  const shared = createQueueMetrics(metrics);
  const first = createWorkQueue({ name: 'jobs' }, { metrics: shared });
  first.add('a');
  first.close();
  expect((await metrics.expose()).body).toContain('workqueue_depth{name="jobs",controller="jobs"} 0');
  createWorkQueue({ name: 'jobs' }, { metrics: shared }).add('b');
  const { body } = await metrics.expose();
  expect(body).toContain('workqueue_depth{name="jobs",controller="jobs"} 1');
  expect(body).toContain('workqueue_adds_total{name="jobs",controller="jobs"} 2');
});
