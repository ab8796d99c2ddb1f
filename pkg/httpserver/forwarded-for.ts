import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** `203.0.113.1:40001`, as Azure's proxies write it, `[2001:db8::1]` or `[2001:db8::1]:443`. */
const WITH_PORT_OR_BRACKETS = /^(?:([\d.]+)|\[([\da-f:.]+)\])(?::\d{1,5})?$/i;

/**
 * Reduces `X-Forwarded-For` to plain addresses that can be followed through the trusted proxies. Ports and brackets
 * are removed. What is no address counts as absent, and so does everything to its left: the proxy that wrote it does
 * not say where the request came from.
 */
export function cleanForwardedFor(headers: IncomingHttpHeaders): void {
  const field = headers['x-forwarded-for'];
  if (field === undefined) return;
  const addresses: string[] = [];
  for (const text of [field].flat().join(',').split(',').reverse()) {
    const address = addressIn(text.trim());
    if (address === undefined) break;
    addresses.unshift(address);
  }
  if (addresses.length > 0) headers['x-forwarded-for'] = addresses.join(', ');
  else delete headers['x-forwarded-for'];
}

function addressIn(text: string): string | undefined {
  if (isIP(text) > 0) return text.includes('%') ? undefined : text;
  const [, ipv4, ipv6] = WITH_PORT_OR_BRACKETS.exec(text) ?? [];
  const address = ipv4 ?? ipv6 ?? '';
  return isIP(address) > 0 ? address : undefined;
}
