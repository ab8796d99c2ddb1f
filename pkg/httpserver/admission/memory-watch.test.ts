import { expect, test } from 'vitest';
import { createMemoryWatch } from './memory-watch.ts';

const GIB = 1024 ** 3;

test.each([
  [{ heapUsedRatio: 0.000_001, rssRatio: 0 }, 'heap'],
  [{ heapUsedRatio: 0, rssRatio: 0.5, memoryLimit: 1024 }, 'rss'],
  [{ heapUsedRatio: 1, rssRatio: 1, memoryLimit: 1024 * GIB }, undefined],
  [{ heapUsedRatio: 0, rssRatio: 0, memoryLimit: 1024 }, undefined],
  [{ heapUsedRatio: 0, rssRatio: 0.5, memoryLimit: 0 }, undefined],
] as const)('with the options %o, the memory near its limit is: %s', (options, near) => {
  expect(createMemoryWatch(options).nearLimit(0)).toBe(near);
});

test('a reading is used for half a second', () => {
  const held: Buffer[] = [];
  const watch = createMemoryWatch({
    heapUsedRatio: 0,
    rssRatio: 1,
    memoryLimit: process.memoryUsage.rss() + 128 * 1024 * 1024,
  });
  expect(watch.nearLimit(1000)).toBeUndefined();
  held.push(Buffer.alloc(256 * 1024 * 1024, 1));
  expect(watch.nearLimit(1400)).toBeUndefined();
  expect(watch.nearLimit(1501)).toBe('rss');
  expect(held).toHaveLength(1);
});
