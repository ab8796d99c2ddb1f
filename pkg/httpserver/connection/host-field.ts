import { isIPv6 } from 'node:net';

const MAX_PORT = 65_535;

/**
 * `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2.2) without the comma, which the grammar allows in a name and
 * which is what a list of merged fields has between two hosts.
 */
const HOST = /^(?:\[([\da-f:.]+)\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})+)(?::(\d*))?$/i;

/** Whether this is a host with an optional port. An empty one is not: no http URL has an empty host. */
export function isValidHost(text: string): boolean {
  const match = HOST.exec(text);
  if (match === null) return false;
  const [, address, port] = match;
  return (address === undefined || isIPv6(address)) && (port === undefined || Number(port) <= MAX_PORT);
}

/** The host of such a field in lower case, without the port and the brackets of an IPv6 address. */
export function hostNameOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}
