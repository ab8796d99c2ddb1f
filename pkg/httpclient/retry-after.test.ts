import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.parse('2026-11-26T09:00:00Z');

test.each([
  ['0', 0],
  ['120', 120_000],
  ['Thu, 26 Nov 2026 09:00:30 GMT', 30_000],
  ['Thursday, 26-Nov-26 09:00:30 GMT', 30_000],
  ['Thu, 26 Nov 2026 08:00:00 GMT', 0],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2026-11-26', undefined],
  ['', undefined],
])('Retry-After: %s', (value, expected) => {
  expect(retryAfterMs({ 'retry-after': value }, NOW)).toBe(expected);
});

test('the first of several headers is used, and without one there is no delay', () => {
  expect(retryAfterMs({ 'retry-after': ['1', '2'] }, NOW)).toBe(1_000);
  expect(retryAfterMs({}, NOW)).toBeUndefined();
});
