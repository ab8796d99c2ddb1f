import { expect, test } from 'vitest';
import { spellings } from './name.ts';

test('a name has a spelling for each place that it is used in', () => {
  expect(spellings('my-orders')).toEqual({
    kebab: 'my-orders',
    constant: 'MY_ORDERS',
    snake: 'my_orders',
    camel: 'myOrders',
    pascal: 'MyOrders',
    title: 'My Orders',
  });
});
