import { isIPv6 } from 'node:net';

const MAX_PORT = 65_535;

/**
 * `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2.2) without the comma, which the grammar allows in a name but which
 * also separates the hosts of merged fields.
 */
const HOST = /^(?:\[([\da-f:.]+)\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})+)(?::(\d*))?$/i;

/** The last valid host: most requests to a service name the same one. */
let lastValid: string | undefined;

/** Whether the text is a host with an optional port. An empty host is invalid in an http URL. */
export function isValidHost(text: string): boolean {
  if (text === lastValid) return true;
  const match = HOST.exec(text);
  if (match === null) return false;
  const [, address, port] = match;
  const isValid = (address === undefined || isIPv6(address)) && (port === undefined || Number(port) <= MAX_PORT);
  if (isValid) lastValid = text;
  return isValid;
}

/** Returns the host of a `Host` field in lower case, without the port and without the brackets of an IPv6 address. */
export function hostNameOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}
