import { expect, test } from 'vitest';
import { isAddressRange, isHostName, isOrigin } from './addresses.ts';

test('IPv4 and IPv6 addresses and CIDR ranges are accepted', () => {
  for (const range of ['10.0.0.0/8', '192.0.2.7', '192.0.2.7/32', '::1', '2001:db8::/32', '::/128', '1.2.3.4/1']) {
    expect(isAddressRange(range), range).toBe(true);
  }
});

test('anything else is rejected, and so is a range that matches every address', () => {
  const others = ['', 'localhost', '10.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/8/8', '::/129'];
  for (const text of [...others, '0.0.0.0/0', '::/0', 'fe80::1%eth0', '10.0.0.0/255.0.0.0', ' 10.0.0.1']) {
    expect(isAddressRange(text), text).toBe(false);
  }
});

test.each(['skiff.internal', 'localhost', 'a', '127.0.0.1', '::1', 'xn--bcher-kva.example'])(
  '%s is a host name',
  (text) => {
    expect(isHostName(text)).toBe(true);
  },
);

test.each([
  ...['', '*', '*.example.com', 'a:80', '[::1]', 'https://a', 'a/b', 'a b', 'a@b', 'a,b', '-a', 'a-', '.a', 'a..b'],
  'x'.repeat(254),
])('%j is not a host name', (text) => {
  expect(isHostName(text)).toBe(false);
});

test.each(['https://app.example.com', 'http://localhost:3000', 'https://[::1]:8443'])('%s is an origin', (text) => {
  expect(isOrigin(text)).toBe(true);
});

test.each([
  ...['*', 'null', '', 'https://*.example.com', 'https://app.example.com/', 'https://app.example.com/path'],
  ...[
    'https://App.example.com',
    'https://app.example.com:443',
    'ftp://app.example.com',
    'https://user@app.example.com',
  ],
])('%j is not an origin', (text) => {
  expect(isOrigin(text)).toBe(false);
});
