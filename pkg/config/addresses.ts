import { isIP } from 'node:net';

/** Reports whether `text` is an IP address or a CIDR range: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`. */
export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  // A zone (`fe80::1%eth0`) names a network interface of a single machine, so it cannot be part of a range.
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  if (prefix === undefined) return true;
  // A prefix length of 0 would match every address, which is more likely a typo than intended.
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** Reports whether `text` is a host name, or an IP address without brackets; ports and wildcards are not allowed. */
export function isHostName(text: string): boolean {
  return (
    isIP(text) > 0 || (text.length <= 253 && /^[a-z\d](?:[\w-]*[a-z\d])?(?:\.[a-z\d](?:[\w-]*[a-z\d])?)*$/i.test(text))
  );
}

/** Reports whether `text` is an origin as browsers send it: scheme, host and port, without a path or a wildcard. */
export function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && !text.includes('*') && URL.parse(text)?.origin === text;
}
