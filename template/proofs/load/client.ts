import { LostRequest, openConnection } from './connection.ts';
import type { Request } from './requests.ts';
import type { RawResponse } from './response-reader.ts';
import type { Upstream } from './upstream.ts';

/** A connection to an upstream that records the outcome of each request in the upstream's counters. */
export interface Client {
  /** Whether another request may be sent on it. */
  readonly usable: boolean;
  /** Sends a request. Resolves with the response, or undefined if there was none. */
  request(request: Request): Promise<RawResponse | undefined>;
  /** Sends the request `count` times in one write, and waits for the outcome of each. */
  pipeline(count: number, request: Request): Promise<void>;
  /** Sends further bytes of a request that was started with {@link request}. */
  write(bytes: string): void;
  /** Must be called by the code that opened the client. */
  close(): void;
}

/** @param kind name of the client in the upstream's failures. */
export function openClient(upstream: Upstream, kind: string): Client {
  const connection = openConnection(upstream.connect);

  let raced = false;

  /** Whether the last request was sent before the signal. Only then may the close of the idle connection race a new request. */
  function wasIdleSinceSignal(): boolean {
    return Number.isFinite(connection.lastRequestAt) && connection.lastRequestAt < upstream.stoppingSince;
  }

  async function settle(request: Request, pending: Promise<RawResponse>, wasIdle: boolean, pipelined: boolean) {
    try {
      const response = await pending;
      if (response.status === request.expected) upstream.succeeded += 1;
      else upstream.failures.push(`${kind}: ${response.status} instead of ${request.expected}: ${response.body}`);
      return response;
    } catch (error) {
      if (!(error instanceof LostRequest)) throw error;
      if (error.reason === 'no response' && pipelined && connection.closeAnnounced) upstream.withoutResponse += 1;
      else if (error.reason === 'no response' && wasIdle && performance.now() > upstream.closingSince) raced = true;
      else upstream.failures.push(`${kind}: ${error.message}, ${timeSinceSignal(upstream)}`);
      return undefined;
    }
  }

  return {
    get usable() {
      return connection.usable;
    },
    request(request) {
      const wasIdle = wasIdleSinceSignal();
      return settle(request, connection.request(request.bytes), wasIdle, false);
    },
    async pipeline(count, request) {
      const wasIdle = wasIdleSinceSignal();
      upstream.pipelined += count;
      const responses = connection.pipeline(count, request.bytes);
      await Promise.all(responses.map((pending) => settle(request, pending, wasIdle, true)));
    },
    write: connection.write,
    close() {
      if (raced) {
        upstream.raced += 1;
      } else if (connection.lastRequestAt > upstream.drainingSince) {
        upstream.usedWhileDraining += 1;
        if (!connection.closeAnnounced) upstream.unannounced += 1;
      }
      connection.close();
    },
  };
}

function timeSinceSignal({ stoppingSince }: Upstream): string {
  const ms = Math.round(performance.now() - stoppingSince);
  return Number.isFinite(ms) ? `${ms} ms after the signal` : 'before the signal';
}
