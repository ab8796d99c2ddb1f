import { expect, test } from 'vitest';
import { createBackoff } from './backoff.ts';

test('delays double up to the maximum and start over after a reset', () => {
  const backoff = createBackoff({ minMs: 100, maxMs: 400, random: () => 1 });
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([100, 200, 400, 400]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test('jitter keeps a delay between half and all of its nominal value', () => {
  const backoff = createBackoff({ minMs: 1_000, maxMs: 1_000 });
  const waits = Array.from({ length: 1_000 }, () => backoff.next());
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(400);
});

test('a wait ends when its signal aborts', async () => {
  const backoff = createBackoff({ minMs: 60_000, maxMs: 60_000 });
  const startedAt = performance.now();
  await backoff.wait(AbortSignal.timeout(10));
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
