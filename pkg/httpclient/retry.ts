import type { HttpAnswer } from './attempt.ts';
import { HttpClientError, isHttpClientError } from './errors.ts';
import { retryAfterMs } from './retry-after.ts';

/** RFC 9110 §9.2.2: sent twice, they do no more than sent once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** What a proxy or an instance says that another one, or a moment, may help. */
const WORTH_A_RETRY: ReadonlySet<number> = new Set([502, 503, 504]);

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** Whether another instance, or a moment, may help. */
export function isWorthARetry(outcome: HttpAnswer | HttpClientError): boolean {
  if (outcome instanceof HttpClientError) {
    return isHttpClientError(outcome, 'HTTP_CLIENT_TIMEOUT', 'HTTP_CLIENT_CONNECTION');
  }
  // A client that is limited, and not told when to come back, only makes it worse.
  return WORTH_A_RETRY.has(outcome.status) || (outcome.status === 429 && retryAfterMs(outcome.headers) !== undefined);
}

const FIRST_MS = 50;
const MOST_MS = 1_000;

/**
 * Milliseconds before a retry, the first being 1: exponential with full jitter, so that callers that failed together do
 * not come back together. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(retry: number, random: () => number = Math.random): number {
  return random() * Math.min(MOST_MS, FIRST_MS * 2 ** (retry - 1));
}
