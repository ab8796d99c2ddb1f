/** Time limits of a stop in milliseconds: 0 or more, and each below 2^31, the range of a timer. */
export interface StopTimes {
  /** From the signal to the first `stop`: the service keeps serving until clients have noticed that it is stopping. */
  drainDelayMs: number;
  /** For the `stop` phase of all components together. */
  shutdownTimeoutMs: number;
  /** For the `flush` phase of all components together. */
  flushTimeoutMs: number;
}

/** Time limit of the `drain` phase, even if the drain delay is shorter. */
export const DRAIN_LIMIT_MS = 2000;

const SPARE_MS = 1000;

/**
 * Returns the maximum duration of a regular stop, from signal to exit. A supervisor must wait longer before SIGKILL.
 */
export function stopBudgetMs({ drainDelayMs, shutdownTimeoutMs, flushTimeoutMs }: StopTimes): number {
  return Math.max(drainDelayMs, DRAIN_LIMIT_MS) + shutdownTimeoutMs + flushTimeoutMs;
}

/** Returns when the process exits unconditionally: 1 s after the budget, so as not to cut off a regular stop. */
export function hardDeadlineMs(times: StopTimes): number {
  return stopBudgetMs(times) + SPARE_MS;
}
