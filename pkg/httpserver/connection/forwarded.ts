import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { isValidHost } from './host-field.ts';

/** `203.0.113.1:40001`, as written by Azure's proxies, `[2001:db8::1]` or `[2001:db8::1]:443`. */
const WITH_PORT_OR_BRACKETS = /^(?:([\d.]+)|\[([\da-f:.]+)\])(?::\d{1,5})?$/i;

/**
 * Sanitizes the `X-Forwarded-*` headers of a request from a trusted proxy: an invalid host and a protocol other than http
 * and https are removed, because a client may have sent them to the proxy.
 */
export function cleanForwarded(headers: IncomingHttpHeaders): void {
  cleanForwardedFor(headers);
  if (!isValidHost(lastOf(headers['x-forwarded-host']))) delete headers['x-forwarded-host'];
  if (!/^https?$/i.test(lastOf(headers['x-forwarded-proto']))) delete headers['x-forwarded-proto'];
}

/** The value that the framework uses: that of the nearest proxy. */
function lastOf(field: string | string[] | undefined): string {
  return [field ?? ''].flat().join(',').split(',').at(-1)?.trim() ?? '';
}

/**
 * Reduces `X-Forwarded-For` to plain addresses that can be followed through the trusted proxies. Ports and brackets are
 * removed. An entry that is not an address is dropped with all entries to its left, because the proxy that wrote it
 * does not say where the request came from.
 */
function cleanForwardedFor(headers: IncomingHttpHeaders): void {
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
