/** What a name that is no address counts as, so that nobody fills the table with inventions. */
const NO_ADDRESS = '?';

/** The longest IPv4 address in text. */
const IPV4_LENGTH = 15;

/**
 * What a client is counted by: its IPv4 address, or the first 64 bits of its IPv6 address, since one subscriber has
 * all the addresses of such a network (RFC 6177). An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the former.
 *
 * @param address undefined when the client has reset its connection before its request is handled. Fastify types
 *   `request.ip` as a string all the same.
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
