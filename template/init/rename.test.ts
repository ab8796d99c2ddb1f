import { expect, test } from 'vitest';
import { spellings } from './name.ts';
import { rename } from './rename.ts';

test.each([
  ['registry.example.com/skiff:1', 'registry.example.com/my-orders:1'],
  ['{{ include "skiff.labels" . }}', '{{ include "my-orders.labels" . }}'],
  ['skiff-staging', 'my-orders-staging'],
  ['config/skiff/log.level', 'config/my-orders/log.level'],
  ['SKIFF_HTTP_PORT', 'MY_ORDERS_HTTP_PORT'],
  ['# Skiff', '# My Orders'],
  ['SkiffDown', 'MyOrdersDown'],
  ['isSkiff', 'isMyOrders'],
  ['skiff_writes_total', 'my_orders_writes_total'],
  ['skiffUrl', 'myOrdersUrl'],
])('%s becomes %s', (text, expected) => {
  expect(rename(text, spellings('skiff'), spellings('my-orders'))).toBe(expected);
});
