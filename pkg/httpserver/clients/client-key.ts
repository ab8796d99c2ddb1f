/** The key of all strings that are not addresses, so that invented names do not fill the table. */
const NO_ADDRESS = '?';

/** Maximum length of an IPv4 address in text form. */
const IPV4_LENGTH = 15;

/**
 * Returns the key that a client is counted by: its IPv4 address, or the first 64 bits of its IPv6 address, because one
 * subscriber has all addresses of such a network (RFC 6177). An IPv4-mapped address (`::ffff:192.0.2.1`) counts as IPv4.
 *
 * @param address undefined if the client reset its connection before its request is handled. Fastify's type of
 *   `request.ip` is string nevertheless.
 */
export function clientKey(address: string | undefined): string {
  if (address === undefined) return NO_ADDRESS;
  if (!address.includes(':')) return address.length <= IPV4_LENGTH ? address : NO_ADDRESS;
  const mapped = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i.exec(address)?.[1];
  return mapped ?? networkOf(address) ?? NO_ADDRESS;
}

/** The first four groups of eight, written without leading zeros. */
function networkOf(address: string): string | undefined {
  const [head = '', tail, more] = address.split('::', 3);
  if (more !== undefined) return undefined;
  const groups = groupsOf(head);
  if (tail !== undefined) {
    const last = groupsOf(tail);
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16));
  return network.length === 4 && network.every((group) => group >= 0 && group <= 0xffff)
    ? network.map((group) => group.toString(16)).join(':')
    : undefined;
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
