import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface InstanceAddressOptions {
  /** What an operator says it is; taken as it is. */
  told?: string | undefined;
  /** What Kubernetes says it is. */
  podIp?: string | undefined;
  /** Base URL of the agent. */
  agentAddress: string;
}

/**
 * The address at which others reach this instance: as told, else the pod's, else that of the interface which reaches the
 * agent. If that is the loopback interface, the agent is on this very machine, and the machine's first other address is
 * taken, IPv4 before IPv6: 127.0.0.1 would send everyone to himself. Link-local addresses do not count.
 *
 * @throws if there is none, or the agent cannot be reached.
 */
export async function findInstanceAddress(
  { told, podIp, agentAddress }: InstanceAddressOptions,
  signal: AbortSignal,
): Promise<string> {
  const known = told ?? podIp;
  if (known !== undefined) return known;
  const towardsAgent = await localAddressTowards(agentAddress, signal);
  if (!isLoopback(towardsAgent)) return towardsAgent;
  const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = others.filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address));
  const address = (usable.find(({ family }) => family === 'IPv4') ?? usable[0])?.address;
  if (address === undefined) {
    throw new Error('this machine has no address but the loopback one: set consul.service.address');
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
