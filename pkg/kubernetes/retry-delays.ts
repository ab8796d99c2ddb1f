export interface RetryDelayOptions {
  /** Delays of one key, in milliseconds: doubled from `minMs` up to `maxMs`. Default: 5 and 1,000,000 (17 minutes). */
  backoff?: { readonly minMs: number; readonly maxMs: number };
  /** Retries of all keys together: a token bucket. Default: 10 per second, in bursts of up to 100. */
  rate?: { readonly perSecond: number; readonly burst: number };
}

export interface RetryDelays {
  /** Counts a failure of the key and returns the delay until its next attempt, in milliseconds. */
  next(key: string): number;
  /** Returns the failures since `reset`. */
  count(key: string): number;
  reset(key: string): void;
}

/** Returns the longer of the two delays: that of the key's backoff, and that until the token bucket has a token. */
export function createRetryDelays({
  backoff = { minMs: 5, maxMs: 1_000_000 },
  rate = { perSecond: 10, burst: 100 },
}: RetryDelayOptions = {}): RetryDelays {
  const failures = new Map<string, number>();
  let tokens = rate.burst;
  let filledAt = performance.now();

  /** Takes a token, on credit if there is none, and returns how long it takes until the debt is paid. */
  function reserve(): number {
    const now = performance.now();
    tokens = Math.min(rate.burst, tokens + ((now - filledAt) / 1_000) * rate.perSecond) - 1;
    filledAt = now;
    return tokens >= 0 ? 0 : (-tokens * 1_000) / rate.perSecond;
  }

  return {
    next(key) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      return Math.max(Math.min(backoff.maxMs, backoff.minMs * 2 ** count), reserve());
    },
    count: (key) => failures.get(key) ?? 0,
    reset(key) {
      failures.delete(key);
    },
  };
}
