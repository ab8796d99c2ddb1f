import { afterEach, expect, test, vi } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

afterEach(() => vi.useRealTimers());

test('a burst is allowed, and then the rate', () => {
  vi.useFakeTimers();
  let rate = 10;
  const limit = createRateLimit({ burst: 100, perSecond: () => rate });
  const take = (count: number) => Array.from({ length: count }, limit.take).filter(Boolean).length;
  expect([take(150), limit.isReached()]).toEqual([100, true]);
  vi.advanceTimersByTime(1000);
  expect([limit.isReached(), take(50)]).toEqual([false, 10]);
  rate = Number.POSITIVE_INFINITY;
  vi.advanceTimersByTime(100);
  expect(take(150)).toBe(100);
});
