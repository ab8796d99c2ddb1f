import type { HttpResponse } from './attempt.ts';
import { HttpClientError, isHttpClientError } from './errors.ts';
import { retryAfterMs } from './retry-after.ts';

/** RFC 9110 §9.2.2: sending such a request twice has the same effect as sending it once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** Another instance or a later attempt may succeed. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** Returns whether another instance or a later attempt may succeed. */
export function isRetryable(outcome: HttpResponse | HttpClientError): boolean {
  if (outcome instanceof HttpClientError) {
    return isHttpClientError(outcome, 'HTTP_CLIENT_TIMEOUT', 'HTTP_CLIENT_CONNECTION');
  }
  // After 429 without Retry-After, a retry at an arbitrary time would only add to the load.
  return (
    RETRYABLE_STATUSES.has(outcome.status) || (outcome.status === 429 && retryAfterMs(outcome.headers) !== undefined)
  );
}

const INITIAL_DELAY_MS = 50;
const MAX_DELAY_MS = 1_000;

/**
 * Returns the delay before a retry in milliseconds; `retry` is 1 for the first one. Delays grow exponentially, with
 * full jitter so that callers that failed at the same time do not retry at the same time.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(retry: number, random: () => number = Math.random): number {
  return random() * Math.min(MAX_DELAY_MS, INITIAL_DELAY_MS * 2 ** (retry - 1));
}

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
