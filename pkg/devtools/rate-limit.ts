export interface RateLimitOptions {
  /** How many items may come at once. */
  burst: number;
  /** Returns how many items are allowed per second on average. Called at most every 100 ms. */
  perSecond(): number;
}

export interface RateLimit {
  isReached(): boolean;
  /** Counts an item. Returns false if the limit is reached. */
  take(): boolean;
}

const REFILL_MS = 100;

/** Creates a token bucket. */
export function createRateLimit({ burst, perSecond }: RateLimitOptions): RateLimit {
  let tokens = burst;
  let refilledAt = performance.now();

  function isReached(): boolean {
    const elapsedMs = performance.now() - refilledAt;
    if (elapsedMs >= REFILL_MS) {
      tokens = Math.min(burst, tokens + (perSecond() * elapsedMs) / 1000);
      refilledAt += elapsedMs;
    }
    return tokens < 1;
  }

  return {
    isReached,
    take() {
      if (isReached()) return false;
      tokens -= 1;
      return true;
    },
  };
}
