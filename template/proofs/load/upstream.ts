import type { Connect } from './connect.ts';

/** A service under load, and the books of what became of the requests it was sent. */
export interface Upstream {
  readonly connect: Connect;
  /** When it was told to stop, on the clock of `performance.now()`. */
  stoppingSince: number;
  /** When it was first seen to be not ready. */
  drainingSince: number;
  /** From when on it may close connections that are silent: the end of its drain delay. */
  closingSince: number;
  /** Answers received whole, with the expected status. */
  answered: number;
  /** Everything that must not happen, in words. */
  readonly failures: string[];
  /**
   * Requests on a connection that had been silent since the stop began, which met its closing: who does not ask cannot
   * be told, and RFC 9112 §9.3.1 lets the client send such a request again. Not failures.
   */
  raced: number;
  /** Requests sent without waiting for the answer to the one before. */
  pipelined: number;
  /** Of these, the ones behind a `Connection: close`, which the client may send again (RFC 9112 §9.6). Not failures. */
  unanswered: number;
  /** Connections that carried a request while it drained, and of these the ones never told `Connection: close`. */
  usedWhileDraining: number;
  untold: number;
}

export function createUpstream(connect: Connect): Upstream {
  return {
    connect,
    stoppingSince: Number.POSITIVE_INFINITY,
    drainingSince: Number.POSITIVE_INFINITY,
    closingSince: Number.POSITIVE_INFINITY,
    answered: 0,
    failures: [],
    raced: 0,
    pipelined: 0,
    unanswered: 0,
    usedWhileDraining: 0,
    untold: 0,
  };
}
