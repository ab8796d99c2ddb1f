import { expect, test } from 'vitest';
import { problemWithWord, singularOf, withWord } from './word.ts';

test.each([
  ['orders', 'order'],
  ['invoices', 'invoice'],
  ['companies', 'company'],
  ['boxes', 'box'],
  ['addresses', 'address'],
])('%s are each a %s', (several, one) => {
  expect(singularOf(several)).toBe(one);
});

test('a name that would not fit is refused', () => {
  expect(problemWithWord({ one: 'order', several: 'orders' })).toBeUndefined();
  expect(problemWithWord({ one: 'sheep', several: 'sheep' })).toContain('plural');
  expect(problemWithWord({ one: 'line-item', several: 'line-items' })).toContain('one word');
  expect(problemWithWord({ one: '', several: '' })).toContain('one word');
});

test('the word takes the place of the other in each of its forms', () => {
  const text = "const thing = createThing('/things', ThingsRoutes); // Nothing";
  expect(withWord(text, { one: 'order', several: 'orders' })).toBe(
    "const order = createOrder('/orders', OrdersRoutes); // Nothing",
  );
});
