export interface RetryBudgetOptions {
  /** Retries that each call adds to the budget. Default: 0.2, so retries are at most a fifth of the calls over time. */
  ratio?: number;
  /** Initial and maximum number of retries in the budget. Default: 10. */
  burst?: number;
}

/** Limits retries, which would otherwise multiply the load of a service that is failing because of its load. */
export interface RetryBudget {
  /** Adds to the budget. Call it once per call, not per retry. */
  deposit(): void;
  /** Takes one retry from the budget. Returns false if there is none left. */
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
