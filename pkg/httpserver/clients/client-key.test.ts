import { expect, test } from 'vitest';
import { clientKey } from './client-key.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2'],
  ['2001:db8::', '2001:db8:0:0'],
  ['2001:db8::5:6', '2001:db8:0:0'],
  ['2001::4:5:6:7:8', '2001:0:0:4'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
])('%s counts as %s', (address, key) => {
  expect(clientKey(address)).toBe(key);
});

test.each(['x'.repeat(10_000), 'a:b', ':', '::zz:1', '1::2::3', 'g:1:2:3:4:5:6:7', '123456:1:1:1:1:1:1:1'])(
  'strings that are not addresses share one key (%#)',
  (text) => {
    expect(clientKey(text).length).toBeLessThanOrEqual(19);
  },
);

test('a client whose connection has closed has no address, and shares a key with other such clients', () => {
  expect(clientKey(undefined)).toBe(clientKey('a:b'));
});

test('two addresses count as one client in the same IPv6 network, and as two in different networks', () => {
  expect(clientKey('2001:db8:1:2::1')).toBe(clientKey('2001:db8:1:2:ffff::9'));
  expect(clientKey('2001:db8:1:2::1')).not.toBe(clientKey('2001:db8:1:3::1'));
});
