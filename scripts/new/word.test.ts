import { expect, test } from 'vitest';
import { problemWithWord, singularOf, withWord } from './word.ts';

test.each([
  ['orders', 'order'],
  ['invoices', 'invoice'],
  ['companies', 'company'],
  ['boxes', 'box'],
  ['addresses', 'address'],
])('the singular of %s is %s', (plural, singular) => {
  expect(singularOf(plural)).toBe(singular);
});

test('a name that cannot be used is rejected with the reason', () => {
  expect(problemWithWord({ singular: 'order', plural: 'orders' })).toBeUndefined();
  expect(problemWithWord({ singular: 'sheep', plural: 'sheep' })).toContain('--singular');
  expect(problemWithWord({ singular: 'line-item', plural: 'line-items' })).toContain('a single word');
  expect(problemWithWord({ singular: '', plural: '' })).toContain('a single word');
});

test('the word replaces "thing" in each of its forms', () => {
  const text = "const thing = createThing('/things', ThingsRoutes); // Nothing";
  expect(withWord(text, { singular: 'order', plural: 'orders' })).toBe(
    "const order = createOrder('/orders', OrdersRoutes); // Nothing",
  );
});
