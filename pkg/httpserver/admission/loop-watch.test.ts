import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLoopWatch } from './loop-watch.ts';

test('no request is rejected after a single stall', () => {
  const watch = createLoopWatch(50);
  const now = performance.now();
  expect([0, 40, 100, 200, 249].map((later) => watch.rejects(now + later))).not.toContain(true);
});

test('after 250 ms of long turns, requests late in a turn are rejected, and one request of the next turn is served', async () => {
  const watch = createLoopWatch(50);
  const now = performance.now();
  expect(watch.rejects(now)).toBe(false);
  expect(watch.rejects(now + 251)).toBe(true);
  await nextTurn();
  const next = performance.now();
  expect(watch.rejects(next)).toBe(false);
  expect(watch.rejects(next)).toBe(true);
});

test('250 ms after the last rejection all requests are served again', async () => {
  const watch = createLoopWatch(50);
  const now = performance.now() - 300;
  expect(watch.rejects(now)).toBe(false);
  expect(watch.rejects(now + 260)).toBe(true);
  await pause(300);
  const later = performance.now();
  expect([1, 2, 3, 4].map(() => watch.rejects(later))).not.toContain(true);
});
