import { expect, test } from 'vitest';
import { isAddressRange } from './address-range.ts';

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
