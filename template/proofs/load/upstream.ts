import type { Connect } from './connect.ts';

/** A service under load, with counters for the outcomes of the requests sent to it. */
export interface Upstream {
  readonly connect: Connect;
  /** `performance.now()` when it was sent the signal to stop. */
  stoppingSince: number;
  /** When a readiness probe first failed. */
  drainingSince: number;
  /** End of its drain delay, after which it may close idle connections. */
  closingSince: number;
  /** Complete responses with the expected status. */
  succeeded: number;
  /** Descriptions of everything that must not happen. */
  readonly failures: string[];
  /**
   * Requests that raced with the close of a connection that had been idle since the signal. They are not failures: an idle
   * client cannot be notified of the close, and RFC 9112 §9.3.1 allows it to retry such a request.
   */
  raced: number;
  /** Requests sent without waiting for the previous response. */
  pipelined: number;
  /** Pipelined requests after a `Connection: close`. Not failures, because the client may retry them (RFC 9112 §9.6). */
  withoutResponse: number;
  /** Connections that carried a request during draining, and how many of these never got a `Connection: close`. */
  usedWhileDraining: number;
  unannounced: number;
}

export function createUpstream(connect: Connect): Upstream {
  return {
    connect,
    stoppingSince: Number.POSITIVE_INFINITY,
    drainingSince: Number.POSITIVE_INFINITY,
    closingSince: Number.POSITIVE_INFINITY,
    succeeded: 0,
    failures: [],
    raced: 0,
    pipelined: 0,
    withoutResponse: 0,
    usedWhileDraining: 0,
    unannounced: 0,
  };
}
