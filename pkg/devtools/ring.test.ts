import { expect, test } from 'vitest';
import { createRing } from './ring.ts';

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
