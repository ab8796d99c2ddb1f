import { expect, test } from 'vitest';
import { lengthsWithoutStalls } from './client-stalls.ts';

const stalls = [
  { fromMs: 10, toMs: 20 },
  { fromMs: 30, toMs: 35 },
];

test.each([
  ['before all stalls', { fromMs: 1, toMs: 9 }, 8],
  ['between stalls', { fromMs: 20, toMs: 30 }, 10],
  ['around a stall', { fromMs: 5, toMs: 25 }, 10],
  ['that begins in a stall', { fromMs: 15, toMs: 22 }, 2],
  ['that ends in a stall', { fromMs: 25, toMs: 33 }, 5],
  ['within a stall', { fromMs: 12, toMs: 14 }, 0],
  ['around both stalls', { fromMs: 0, toMs: 40 }, 25],
])('the length of an interval %s does not include the stalls', (_position, interval, length) => {
  expect(lengthsWithoutStalls([interval], stalls)).toEqual([length]);
});

test('without stalls, the length is the whole interval', () => {
  expect(lengthsWithoutStalls([{ fromMs: 1, toMs: 4 }], [])).toEqual([3]);
});
