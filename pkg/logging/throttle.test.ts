import { expect, test } from 'vitest';
import { createThrottle } from './throttle.ts';

test('a warning is due the first time, then once per interval', () => {
  let now = 0;
  const throttle = createThrottle(1_000, () => now);
  const due = [0, 1, 999, 1_000, 1_500, 2_000].filter((at) => {
    now = at;
    return throttle.isDue();
  });
  expect(due).toEqual([0, 1_000, 2_000]);
});

test('a warning of another kind is due immediately, and so is any warning after a reset', () => {
  const throttle = createThrottle(1_000, () => 0);
  expect(['a', 'a', 'b', 'b', 'a'].map((kind) => throttle.isDue(kind))).toEqual([true, false, true, false, true]);
  throttle.reset();
  expect(throttle.isDue('a')).toBe(true);
});
