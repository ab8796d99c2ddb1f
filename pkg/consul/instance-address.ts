import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface InstanceAddressOptions {
  /** Set by the operator; used as is. */
  configured?: string | undefined;
  /** The pod's IP address, set by Kubernetes. */
  podIp?: string | undefined;
  /** Base URL of the agent. */
  agentAddress: string;
}

/**
 * Returns the address at which others reach this instance: the configured one, else the pod's, else the local address
 * of a connection to the agent. If that is a loopback address, which other machines cannot use, the agent runs on this
 * machine. Then returns the machine's first other address, IPv4 before IPv6, ignoring link-local ones.
 *
 * @throws Error if there is no such address, or the agent cannot be reached.
 */
export async function findInstanceAddress(
  { configured, podIp, agentAddress }: InstanceAddressOptions,
  signal: AbortSignal,
): Promise<string> {
  const known = configured ?? podIp;
  if (known !== undefined) return known;
  const local = await localAddressTowards(agentAddress, signal);
  if (!isLoopback(local)) return local;
  const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = others.filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address));
  const address = (usable.find(({ family }) => family === 'IPv4') ?? usable[0])?.address;
  if (address === undefined) {
    throw new Error('this machine has only loopback addresses: set consul.service.address');
  }
  return address;
}

const CONNECT_LIMIT_MS = 2_000;

async function localAddressTowards(agentAddress: string, signal: AbortSignal): Promise<string> {
  const { hostname, port, protocol } = new URL(agentAddress);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_LIMIT_MS)]) });
    return (socket.localAddress ?? '').replace(/^::ffff:/, '');
  } finally {
    socket.destroy();
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}
