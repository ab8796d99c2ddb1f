/** How long a stop may take. Milliseconds, 0 or more, each below 2^31 (the range of a timer). */
export interface StopTimes {
  /** From the signal to the first `stop`: how long the service keeps serving while clients learn that it goes. */
  drainDelayMs: number;
  /** For the `stop` of all parts together. */
  shutdownTimeoutMs: number;
  /** For the `flush` of all parts together. */
  flushTimeoutMs: number;
}

/** What withdrawing may take, however short the drain delay is. */
export const WITHDRAW_LIMIT_MS = 2000;

const SPARE_MS = 1000;

/** The longest regular stop, from the signal to the exit: whoever kills the process must wait longer than this. */
export function stopBudgetMs({ drainDelayMs, shutdownTimeoutMs, flushTimeoutMs }: StopTimes): number {
  return Math.max(drainDelayMs, WITHDRAW_LIMIT_MS) + shutdownTimeoutMs + flushTimeoutMs;
}

/** When the process exits whatever still runs: the budget and 1 s to spare, so that it never cuts a regular stop. */
export function hardDeadlineMs(times: StopTimes): number {
  return stopBudgetMs(times) + SPARE_MS;
}
