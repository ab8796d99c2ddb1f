import { expect, test } from 'vitest';
import { parseProbeQuery } from './query.ts';

test('without parameters, a probe is not verbose and excludes nothing', () => {
  expect(parseProbeQuery(new URLSearchParams(''))).toEqual({ verbose: false, exclude: [] });
});

test('verbose applies if present, regardless of its value', () => {
  expect(parseProbeQuery(new URLSearchParams('verbose')).verbose).toBe(true);
  expect(parseProbeQuery(new URLSearchParams('verbose=false')).verbose).toBe(true);
});

test('exclude may be repeated, and unknown parameters are ignored', () => {
  const query = parseProbeQuery(new URLSearchParams('exclude=a&timeout=3&exclude=b'));
  expect(query).toEqual({ verbose: false, exclude: ['a', 'b'] });
});
