export interface RateLimitOptions {
  /** How many items may come at once. */
  burst: number;
  /** Returns how many items are allowed per second on average. Called every 100 ms until a burst is possible again. */
  perSecond(): number;
}

export interface RateLimit {
  isReached(): boolean;
  /** Counts an item. Returns false if the limit is reached. */
  take(): boolean;
}

const REFILL_MS = 100;

/** Creates a token bucket. A timer refills it, because reading the clock for every item costs more than the rest. */
export function createRateLimit({ burst, perSecond }: RateLimitOptions): RateLimit {
  let tokens = burst;
  let isRefilling = false;

  function refillLater(): void {
    isRefilling = true;
    setTimeout(refill, REFILL_MS).unref();
  }

  function refill(): void {
    tokens = Math.min(burst, tokens + (perSecond() * REFILL_MS) / 1000);
    isRefilling = false;
    if (tokens < burst) refillLater();
  }

  return {
    isReached: () => tokens < 1,
    take() {
      if (tokens < 1) return false;
      tokens -= 1;
      if (!isRefilling) refillLater();
      return true;
    },
  };
}
