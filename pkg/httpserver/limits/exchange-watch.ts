export type Check = (now: number) => void;

export interface ExchangeWatchOptions {
  /** Time between two looks, in milliseconds. */
  intervalMs: number;
  /** Time limits of the service itself. */
  always: readonly Check[];
  /** Time limits of clients: left out once after the event loop was blocked, when what they have sent is still unread. */
  whenPunctual: readonly Check[];
}

/**
 * Looks after all open exchanges with one timer: a timer for each would cost every request more than the limit is worth.
 *
 * @returns stops looking.
 */
export function watchExchanges({ intervalMs, always, whenPunctual }: ExchangeWatchOptions): () => void {
  let lookedAt = performance.now();
  let wasLate = false;
  const timer = setInterval(() => {
    const now = performance.now();
    const isLate = now - lookedAt > 2 * intervalMs + 100;
    lookedAt = now;
    const leaveOut = isLate && !wasLate;
    wasLate = leaveOut;
    if (!leaveOut) for (const check of whenPunctual) check(now);
    for (const check of always) check(now);
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
