import { expect, test } from 'vitest';
import { problemWithName, spellings } from './name.ts';

test.each(['orders', 'my-orders', 'a', 'orders2', 'o'.repeat(40)])('%s is a valid name', (name) => {
  expect(problemWithName(name, 'skiff')).toBeUndefined();
});

test.each([
  ['', 'begin'],
  ['Orders', 'begin'],
  ['2orders', 'begin'],
  ['-orders', 'begin'],
  ['my_orders', 'lowercase'],
  ['my.orders', 'lowercase'],
  ['my/orders', 'lowercase'],
  ['orders-', 'hyphen'],
  ['my--orders', 'hyphen'],
  ['o'.repeat(41), '40 characters'],
  ['skiff', 'init replaces'],
  ['skiffs', 'init replaces'],
  ...['node', 'npm', 'otel', 'consul', 'kubernetes', 'path', 'http', 'child-process', 'default', 'node-modules'].map(
    (name) => [name, 'another meaning'],
  ),
  ['otel-collector', 'OTEL_'],
  ['node-api', 'NODE_'],
])('%j is rejected as a name', (name, reason) => {
  expect(problemWithName(name, 'skiff')).toContain(reason);
});

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
