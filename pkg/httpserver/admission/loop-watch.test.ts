import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLoopWatch } from './loop-watch.ts';

test('a single stall refuses nobody', () => {
  const watch = createLoopWatch(50);
  const now = performance.now();
  expect([0, 40, 100, 200, 249].map((later) => watch.refuses(now + later))).not.toContain(true);
});

test('after a quarter of a second of late turns what comes late in a turn is refused, and one request of the next served', async () => {
  const watch = createLoopWatch(50);
  const now = performance.now();
  expect(watch.refuses(now)).toBe(false);
  expect(watch.refuses(now + 251)).toBe(true);
  await nextTurn();
  const next = performance.now();
  expect(watch.refuses(next)).toBe(false);
  expect(watch.refuses(next)).toBe(true);
});

test('a quarter of a second after the last refusal everybody is served again', async () => {
  const watch = createLoopWatch(50);
  const now = performance.now() - 300;
  expect(watch.refuses(now)).toBe(false);
  expect(watch.refuses(now + 260)).toBe(true);
  await pause(300);
  const later = performance.now();
  expect([1, 2, 3, 4].map(() => watch.refuses(later))).not.toContain(true);
});
