import { expect, test } from 'vitest';
import { createRetryDelays } from './retry-delays.ts';

test('the delay of a key doubles with each failure up to the maximum', () => {
  const delays = createRetryDelays({ backoff: { minMs: 5, maxMs: 30 } });
  expect([1, 2, 3, 4, 5].map(() => delays.next('a'))).toEqual([5, 10, 20, 30, 30]);
  expect(delays.next('b')).toBe(5);
});

test('a key that has failed a thousand times keeps the maximum delay', () => {
  const delays = createRetryDelays({ rate: { perSecond: 1e9, burst: 1e9 } });
  for (let failure = 0; failure < 2_000; failure++) delays.next('a');
  expect(delays.next('a')).toBe(1_000_000);
  expect(delays.count('a')).toBe(2_001);
});

test('the delay starts over after a reset', () => {
  const delays = createRetryDelays();
  delays.next('a');
  delays.next('a');
  delays.reset('a');
  expect(delays.count('a')).toBe(0);
  expect(delays.next('a')).toBe(5);
});

test('retries beyond the burst are spread at the overall rate', () => {
  const delays = createRetryDelays({ backoff: { minMs: 0, maxMs: 0 }, rate: { perSecond: 10, burst: 3 } });
  const all = Array.from({ length: 6 }, (_, key) => delays.next(String(key)));
  expect(all.slice(0, 3)).toEqual([0, 0, 0]);
  expect(all[3]).toBeGreaterThan(80);
  expect(all[5]).toBeGreaterThan(280);
  expect(all[5]).toBeLessThanOrEqual(300);
});
