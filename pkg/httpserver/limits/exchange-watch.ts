export type Check = (now: number) => void;

export interface ExchangeWatchOptions {
  /** Time between two checks, in milliseconds. */
  intervalMs: number;
  /** Time limits of the service itself. */
  always: readonly Check[];
  /**
   * Time limits of clients. Skipped once after the event loop was blocked, because what they sent meanwhile is still
   * unread.
   */
  whenPunctual: readonly Check[];
}

/**
 * Checks all open exchanges with one timer: a timer per request would cost more than the limit is worth.
 *
 * @returns a function that stops the timer.
 */
export function watchExchanges({ intervalMs, always, whenPunctual }: ExchangeWatchOptions): () => void {
  let checkedAt = performance.now();
  let wasLate = false;
  const timer = setInterval(() => {
    const now = performance.now();
    const isLate = now - checkedAt > 2 * intervalMs + 100;
    checkedAt = now;
    const skip = isLate && !wasLate;
    wasLate = skip;
    if (!skip) for (const check of whenPunctual) check(now);
    for (const check of always) check(now);
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
