export interface RetryBudgetOptions {
  /** Retries that each call earns. Default 0.2: in the long run a fifth of the calls. */
  ratio?: number;
  /** Retries at hand at the beginning, and at the most. Default 10. */
  burst?: number;
}

/** Keeps retries from multiplying the load of a service that is failing because of its load. */
export interface RetryBudget {
  /** A call, not a retry, was made. */
  deposit(): void;
  /** Whether one more retry may be made. */
  withdraw(): boolean;
}

export function createRetryBudget({ ratio = 0.2, burst = 10 }: RetryBudgetOptions = {}): RetryBudget {
  let tokens = burst;
  return {
    deposit() {
      tokens = Math.min(burst, tokens + ratio);
    },
    withdraw() {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
