/** A piece of the service that is started and stopped: a listener, a client, a background job, the exporter of spans. */
export interface Part {
  /** Named in the log when it fails or is still open at a time limit. */
  name: string;
  /**
   * Called in list order, each after the former has settled. Rejecting ends the start: what had started is stopped, and
   * the rejecting part is expected to leave nothing open. The signal aborts when a stop is asked for while parts are
   * starting, and never later.
   */
  start?(signal: AbortSignal): void | Promise<void>;
  /**
   * Called on all started parts, in list order and concurrently, the moment stopping begins: turn readiness off,
   * deregister, answer `Connection: close`. The signal aborts after 2 s.
   */
  withdraw?(signal: AbortSignal): void | Promise<void>;
  /**
   * Called in reverse order of start, each after the former has settled, once the drain delay is over. The signal aborts
   * when the time for all of them together is up: close at once what is left. Parts whose turn comes later than that
   * are called with the aborted signal and get a moment each.
   */
  stop?(signal: AbortSignal): void | Promise<void>;
  /** As `stop`, after all of them, within a time of its own: send the spans and logs that the stop itself made. */
  flush?(signal: AbortSignal): void | Promise<void>;
}

export type Phase = 'start' | 'withdraw' | 'stop' | 'flush';

/** A call to a part that has not settled. */
export interface OpenCall {
  part: string;
  phase: Phase;
}

/** Calls a part and keeps the call in `open` until it has settled. Rejects as the part does, also if it throws. */
export async function callPart(part: Part, phase: Phase, signal: AbortSignal, open: Set<OpenCall>): Promise<void> {
  const call = { part: part.name, phase };
  open.add(call);
  try {
    await part[phase]?.(signal);
  } finally {
    open.delete(call);
  }
}
