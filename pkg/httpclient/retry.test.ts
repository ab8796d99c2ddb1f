import { expect, test } from 'vitest';
import { isIdempotent, retryDelayMs } from './retry.ts';

test('the delay before a retry is random up to a ceiling that doubles to at most one second', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 50].map((retry) => retryDelayMs(retry, () => 1))).toEqual([
    50, 100, 200, 400, 800, 1_000, 1_000, 1_000,
  ]);
  expect(retryDelayMs(6, () => 0)).toBe(0);
});

test('POST, PATCH and unknown methods are not idempotent', () => {
  expect(['GET', 'PUT', 'DELETE', 'POST', 'PATCH', 'PROPFIND', 'get'].filter(isIdempotent)).toEqual([
    'GET',
    'PUT',
    'DELETE',
  ]);
});
