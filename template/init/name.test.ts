import { expect, test } from 'vitest';
import { problemWithName, spellings } from './name.ts';

test.each(['orders', 'my-orders', 'a', 'orders2', 'o'.repeat(40)])('%s is a name', (name) => {
  expect(problemWithName(name, 'skiff')).toBeUndefined();
});

test.each([
  ['', 'begin'],
  ['Orders', 'begin'],
  ['2orders', 'begin'],
  ['-orders', 'begin'],
  ['my_orders', 'lower-case'],
  ['my.orders', 'lower-case'],
  ['my/orders', 'lower-case'],
  ['orders-', 'hyphens'],
  ['my--orders', 'hyphens'],
  ['o'.repeat(41), '40 characters'],
  ['skiff', 'replaced'],
  ['skiffs', 'replaced'],
  ...['node', 'npm', 'otel', 'consul', 'kubernetes', 'path', 'http', 'child-process', 'default', 'node-modules'].map(
    (name) => [name, 'something else'],
  ),
  ['otel-collector', 'OTEL_'],
  ['node-api', 'NODE_'],
])('%j is no name', (name, reason) => {
  expect(problemWithName(name, 'skiff')).toContain(reason);
});

test('a name is spelled as its place takes it', () => {
  expect(spellings('my-orders')).toEqual({
    kebab: 'my-orders',
    constant: 'MY_ORDERS',
    snake: 'my_orders',
    camel: 'myOrders',
    pascal: 'MyOrders',
    title: 'My Orders',
  });
});
