import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLoopWatch, type LoopWatch } from './loop-watch.ts';

/** Reads requests in one turn and returns how many of them are rejected. */
function read(watch: LoopWatch, requests: number, now: number): number {
  return Array.from({ length: requests }, () => watch.rejects(now)).filter(Boolean).length;
}

test('no request is rejected after a single stall, however long it is', async () => {
  const watch = createLoopWatch(50);
  const now = performance.now();
  expect(read(watch, 20, now) + read(watch, 20, now + 2_000)).toBe(0);
  await nextTurn();
  expect(read(watch, 20, performance.now())).toBe(0);
});

test('after 250 ms of long turns, requests late in a turn are rejected, and one request of the next turn is served', async () => {
  const watch = createLoopWatch(50);
  const now = performance.now();
  expect(read(watch, 20, now) + read(watch, 20, now + 51) + read(watch, 20, now + 301)).toBe(0);
  expect(read(watch, 20, now + 302)).toBe(20);
  await nextTurn();
  expect(read(watch, 20, performance.now())).toBe(19);
});

test('turns with few requests cause no rejections, however long and many they are', async () => {
  const watch = createLoopWatch(50);
  for (let turn = 0; turn < 5; turn += 1) {
    const now = performance.now();
    for (const later of [0, 300, 600]) expect(read(watch, 5, now + later)).toBe(0);
    await pause(100);
  }
});

test('250 ms after the last rejection all requests are served again', async () => {
  const watch = createLoopWatch(50);
  const now = performance.now() - 400;
  expect(read(watch, 20, now) + read(watch, 20, now + 60)).toBe(0);
  expect(read(watch, 20, now + 320)).toBe(20);
  await pause(300);
  expect(read(watch, 4, performance.now())).toBe(0);
});
