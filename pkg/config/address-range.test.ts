import { expect, test } from 'vitest';
import { isAddressRange } from './address-range.ts';

test('addresses and CIDR ranges of both families are ranges', () => {
  for (const range of ['10.0.0.0/8', '192.0.2.7', '192.0.2.7/32', '::1', '2001:db8::/32', '::/128', '1.2.3.4/1']) {
    expect(isAddressRange(range), range).toBe(true);
  }
});

test('anything else is not, and neither is a range of everyone', () => {
  const others = ['', 'localhost', '10.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/8/8', '::/129'];
  for (const text of [...others, '0.0.0.0/0', '::/0', 'fe80::1%eth0', '10.0.0.0/255.0.0.0', ' 10.0.0.1']) {
    expect(isAddressRange(text), text).toBe(false);
  }
});
