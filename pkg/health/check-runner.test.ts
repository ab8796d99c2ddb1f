import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Check, completeCheck } from './check.ts';
import { createCheckRunner, type Result } from './check-runner.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PASSED: Result = { passed: true };

function runnerOf(check: Check['check'], times: Pick<Check, 'timeoutMs' | 'cacheMs'> = {}) {
  const results: Result[] = [];
  const complete = completeCheck({ name: 'store', kind: 'required', check, ...times });
  return { run: createCheckRunner(complete, (result) => results.push(result)), results };
}

test('a check that throws synchronously fails', async () => {
  const { run } = runnerOf(() => {
    throw new Error('no route');
  });
  expect(await run()).toEqual({ passed: false, reason: 'no route' });
  expect(vi.getTimerCount()).toBe(0);
});

test('a check that rejects with a value that is not an Error fails', async () => {
  const { run } = runnerOf(() => Promise.reject({ status: 503 }));
  expect(await run()).toEqual({ passed: false, reason: '{ status: 503 }' });
});

test('concurrent probes share one call', async () => {
  const call = Promise.withResolvers<void>();
  const check = vi.fn(() => call.promise);
  const { run, results } = runnerOf(check);
  const probes = [run(), run(), run()];
  call.resolve();
  expect(await Promise.all(probes)).toEqual([PASSED, PASSED, PASSED]);
  expect(check).toHaveBeenCalledTimes(1);
  expect(results).toEqual([PASSED]);
});

test('a result, pass or fail, is cached for the cache time and no longer', async () => {
  let healthy = true;
  const check = vi.fn(() => (healthy ? undefined : Promise.reject(new Error('down'))));
  const { run } = runnerOf(check, { cacheMs: 500 });
  expect(await run()).toEqual(PASSED);
  healthy = false;
  vi.advanceTimersByTime(499);
  expect(await run()).toEqual(PASSED);
  vi.advanceTimersByTime(1);
  expect(await run()).toEqual({ passed: false, reason: 'down' });
  healthy = true;
  vi.advanceTimersByTime(499);
  expect(await run()).toEqual({ passed: false, reason: 'down' });
  vi.advanceTimersByTime(1);
  expect(await run()).toEqual(PASSED);
  expect(check).toHaveBeenCalledTimes(3);
});

test('a cache time of 0 runs the check at every probe', async () => {
  const check = vi.fn();
  const { run } = runnerOf(check, { cacheMs: 0 });
  await run();
  await run();
  expect(check).toHaveBeenCalledTimes(2);
});

test('a check that hangs fails at its time limit, and its signal aborts', async () => {
  let received: AbortSignal | undefined;
  const { run } = runnerOf(
    (signal) => {
      received = signal;
      return new Promise(() => {});
    },
    { timeoutMs: 200 },
  );
  const probe = run();
  vi.advanceTimersByTime(199);
  expect(received?.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await probe).toEqual({ passed: false, reason: 'timed out after 200 ms' });
  expect(received?.aborted).toBe(true);
  expect(received?.reason).toMatchObject({
    name: 'TimeoutError',
    message: 'health check store timed out after 200 ms',
  });
});

test('a check that rejects when its signal aborts is still reported as timed out', async () => {
  const { run, results } = runnerOf(
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    { timeoutMs: 200 },
  );
  const probe = run();
  vi.advanceTimersByTime(200);
  expect(await probe).toEqual({ passed: false, reason: 'timed out after 200 ms' });
  expect(results).toHaveLength(1);
});

test('no second call is made until a timed-out call has settled, and probes fail immediately', async () => {
  const check = vi.fn(() => new Promise<void>(() => {}));
  const { run } = runnerOf(check, { timeoutMs: 200, cacheMs: 100 });
  const probe = run();
  vi.advanceTimersByTime(200);
  await probe;
  vi.advanceTimersByTime(100);
  expect(await run()).toEqual({ passed: false, reason: 'still running after 300 ms' });
  expect(await run()).toEqual({ passed: false, reason: 'still running after 300 ms' });
  expect(check).toHaveBeenCalledTimes(1);
});

test('after a timed-out call has settled, the next probe runs the check again', async () => {
  const hanging = Promise.withResolvers<void>();
  const check = vi.fn<Check['check']>().mockReturnValueOnce(hanging.promise);
  const { run } = runnerOf(check, { timeoutMs: 200, cacheMs: 0 });
  const probe = run();
  vi.advanceTimersByTime(200);
  await probe;
  hanging.reject(new Error('late'));
  await vi.waitFor(async () => expect(await run()).toEqual(PASSED), { timeout: 30_000 });
  expect(check).toHaveBeenCalledTimes(2);
});

test('a late rejection of a timed-out call is not an unhandled rejection', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const hanging = Promise.withResolvers<void>();
    const { run } = runnerOf(() => hanging.promise, { timeoutMs: 200 });
    const probe = run();
    vi.advanceTimersByTime(200);
    await probe;
    hanging.reject(new Error('late'));
    vi.useRealTimers();
    // Node reports unhandled rejections after the microtasks have run, so two turns of the event loop are enough.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});
