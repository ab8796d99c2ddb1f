/** A component of the service that starts and stops: a listener, a client, a background job, the span exporter. */
export interface Component {
  /** Logged when the component fails or is still open at a time limit. */
  name: string;
  /**
   * Called in list order, each after the previous one has settled. If it rejects, the started components are stopped;
   * the rejecting one must leave nothing open. The signal aborts if a stop is requested while components are starting,
   * but not later.
   */
  start?(signal: AbortSignal): void | Promise<void>;
  /**
   * Called on all started components concurrently, in list order, as soon as stopping begins: turn readiness off,
   * deregister, respond with `Connection: close`. The signal aborts after 2 s.
   */
  drain?(signal: AbortSignal): void | Promise<void>;
  /**
   * Called in reverse order of start, each after the previous one has settled, once the drain delay is over. The signal
   * aborts when the shared time limit is reached: close immediately what is still open. Components not stopped by then
   * are called with the aborted signal and get a short time each.
   */
  stop?(signal: AbortSignal): void | Promise<void>;
  /** Called like `stop`, after all `stop` calls and with its own time limit: send spans and logs of the stop itself. */
  flush?(signal: AbortSignal): void | Promise<void>;
}

export type Phase = 'start' | 'drain' | 'stop' | 'flush';

/** A call to a component that has not settled. */
export interface OpenCall {
  component: string;
  phase: Phase;
}

/** Calls a component and keeps the call in `open` until it has settled. Rejects if the component rejects or throws. */
export async function callComponent(
  component: Component,
  phase: Phase,
  signal: AbortSignal,
  open: Set<OpenCall>,
): Promise<void> {
  const call = { component: component.name, phase };
  open.add(call);
  try {
    await component[phase]?.(signal);
  } finally {
    open.delete(call);
  }
}
