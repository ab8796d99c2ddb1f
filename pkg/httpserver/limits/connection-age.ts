import type { Socket } from 'node:net';

export interface ConnectionAgeOptions {
  /** How long a connection is used, in milliseconds, plus or minus 20 %. 0: no limit. */
  maxConnectionAgeMs: number;
  /** Requests served on one connection. 0: no limit. */
  maxConnectionRequests: number;
}

/** The share by which the ages of connections vary, so that those opened together are not replaced together. */
const JITTER = 0.2;

const kUse = Symbol('use of the connection');
type UsedSocket = Socket & { [kUse]?: { responses: number; readonly closesAt: number } };

/**
 * Returns a function that counts one response of a connection and returns whether the connection has been used long
 * enough at this time (`performance.now()`) to be closed after it. Clients keep their connections to the instances they
 * know: without a maximum age, new instances of a service that scales out get no requests from them.
 */
export function createConnectionAge({
  maxConnectionAgeMs,
  maxConnectionRequests,
}: ConnectionAgeOptions): ((socket: Socket, now: number) => boolean) | undefined {
  if (maxConnectionAgeMs === 0 && maxConnectionRequests === 0) return undefined;
  const maxAge = maxConnectionAgeMs || Number.POSITIVE_INFINITY;
  const maxResponses = maxConnectionRequests || Number.POSITIVE_INFINITY;

  return (socket: UsedSocket, now) => {
    const use = socket[kUse] ?? { responses: 0, closesAt: now + maxAge * (1 - JITTER + 2 * JITTER * Math.random()) };
    socket[kUse] = use;
    use.responses += 1;
    return use.responses >= maxResponses || now >= use.closesAt;
  };
}
