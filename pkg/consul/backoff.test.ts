import { expect, test } from 'vitest';
import { createBackoff } from './backoff.ts';

test('waits double up to the maximum, and begin again after a success', () => {
  const backoff = createBackoff({ minMs: 100, maxMs: 400, random: () => 1 });
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([100, 200, 400, 400]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test('a wait is between half of what it could be and all of it', () => {
  const backoff = createBackoff({ minMs: 1_000, maxMs: 1_000 });
  const waits = Array.from({ length: 1_000 }, () => backoff.next());
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(400);
});

test('a wait ends with its signal', async () => {
  const backoff = createBackoff({ minMs: 60_000, maxMs: 60_000 });
  const begun = performance.now();
  await backoff.wait(AbortSignal.timeout(10));
  expect(performance.now() - begun).toBeLessThan(10_000);
});
