import { isIP } from 'node:net';

/** Whether `text` is one IP address or a CIDR range of them: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`. */
export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  // A zone (`fe80::1%eth0`) names an interface of one machine, never a range.
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  if (prefix === undefined) return true;
  // A prefix of 0 is everyone: whoever means that should not write it by a slip.
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}
