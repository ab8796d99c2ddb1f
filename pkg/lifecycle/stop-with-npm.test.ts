import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stopWithNpm } from './stop-with-npm.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a process that npm started stops once when its parent has exited', () => {
  const stop = vi.fn();
  let parent = 42;
  stopWithNpm(stop, { env: { npm_lifecycle_event: 'start' }, parent: () => parent });
  vi.advanceTimersByTime(1_000);
  expect(stop).not.toHaveBeenCalled();
  parent = 1;
  vi.advanceTimersByTime(1_000);
  expect(stop.mock.calls).toEqual([['npm exited']]);
});

test('a process that npm did not start outlives its parent', () => {
  const stop = vi.fn();
  let parent = 42;
  stopWithNpm(stop, { env: {}, parent: () => parent });
  parent = 1;
  vi.advanceTimersByTime(1_000);
  expect(stop).not.toHaveBeenCalled();
});
