import { expect, test } from 'vitest';
import { createRing } from './ring.ts';

test('a ring returns what was added since the last look', () => {
  const ring = createRing<number>(4);
  for (const item of [1, 2, 3]) ring.push(item);
  expect(ring.after(0)).toEqual({ items: [1, 2, 3], count: 3 });
  expect(ring.after(2)).toEqual({ items: [3], count: 3 });
  expect(ring.after(3)).toEqual({ items: [], count: 3 });
});

test('a ring keeps the latest items in order, whatever was seen before', () => {
  for (let total = 0; total <= 13; total++) {
    const ring = createRing<number>(4);
    for (let item = 1; item <= total; item++) ring.push(item);
    for (let seen = 0; seen <= total; seen++) {
      const from = Math.max(seen, total - 4);
      const expected = Array.from({ length: total - from }, (_, index) => from + index + 1);
      expect(ring.after(seen)).toEqual({ items: expected, count: total });
    }
  }
});

test('a count from before a restart returns everything', () => {
  const ring = createRing<number>(4);
  ring.push(1);
  expect(ring.after(99)).toEqual({ items: [1], count: 1 });
});
