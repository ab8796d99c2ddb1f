import { expect, test } from 'vitest';
import { decimal, decimal3 } from './decimal.ts';

test.each([0, 7, 999, 1000, 1001, 12_345, 1_000_000, 999_999_999, 1_000_000_007, Number.MAX_SAFE_INTEGER])(
  'a whole number has the digits of String: %d',
  (value) => expect(decimal(value)).toBe(String(value)),
);

test.each([
  [0, '0.000'],
  [0.0004, '0.000'],
  [0.0005, '0.001'],
  [0.0599, '0.060'],
  [0.9996, '1.000'],
  [12.34, '12.340'],
  [61_234.5678, '61234.568'],
])('%d has three decimal places: %s', (value, text) => expect(decimal3(value)).toBe(text));
