import { expect, test } from 'vitest';
import { median, quantile, quiet, spreadOf } from './statistics.ts';

test('a quantile is interpolated between its neighbours in the sorted values', () => {
  expect(quantile([30, 10, 20, 40, 50], 0.25)).toBe(20);
  expect(quantile([10, 20], 0.75)).toBe(17.5);
  expect(quantile([7], 0.99)).toBe(7);
});

test('the quiet value is the 20th percentile, and the median is the 50th', () => {
  expect(quiet([6, 5, 4, 3, 2, 1])).toBe(2);
  expect(median([1, 100, 2, 3])).toBe(2.5);
});

test('the spread consists of the minimum, the median and the maximum', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
});

test('a quantile of no values is an error', () => {
  expect(() => median([])).toThrow(RangeError);
});
