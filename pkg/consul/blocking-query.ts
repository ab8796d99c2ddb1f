import { type Backoff, createBackoff, pause } from '../retry/backoff.ts';

/** Options of one call of a query, to pass to the API method unchanged. */
export interface BlockingCall {
  /** The last index seen; if absent, the call returns immediately. */
  readonly blocking?: { readonly index: string; readonly waitMs: number };
  /** More than `waitMs`, because Consul adds up to one sixteenth to the wait as jitter. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface BlockingQueryOptions<T> {
  query(call: BlockingCall): Promise<{ value: T; index: string | undefined }>;
  /** Called with the first value and whenever the index changes. The value may equal the previous one. */
  onValue(value: T): void;
  /** Called for each failed call; the query continues after a delay. */
  onError(error: unknown): void;
  /** How long one call waits for a change, in milliseconds. Default: 30,000. Consul allows at most ten minutes. */
  waitMs?: number;
  /** Minimum time between the starts of two calls, in milliseconds, however fast Consul responds. Default: 200. */
  minIntervalMs?: number;
  /** Delays after failed calls. Default: from 500 ms to 4 s. */
  backoff?: Backoff;
}

/** Time limit of a call that does not wait for a change, in milliseconds. */
const IMMEDIATE_TIMEOUT_MS = 2_000;

/**
 * Follows changes in Consul until the signal aborts, then resolves. Rejects only if a callback throws.
 *
 * Follows the rules of https://developer.hashicorp.com/consul/api-docs/features/blocking: the index is reset if it goes
 * backwards or is not above 0, and after an error, because the agent may have been restarted with other data. A minimum
 * interval between calls prevents a hot loop. If an agent restarts without its data between two calls, which only
 * happens with `-dev`, this is noticed after one call has waited its full time.
 */
export async function followBlockingQuery<T>(
  {
    query,
    onValue,
    onError,
    waitMs = 30_000,
    minIntervalMs = 200,
    backoff = createBackoff({ minMs: 500, maxMs: 4_000 }),
  }: BlockingQueryOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  let index: string | undefined;
  while (!signal.aborted) {
    const startedAt = performance.now();
    let result: { value: T; index: string | undefined };
    try {
      result = await query(
        index === undefined
          ? { timeoutMs: IMMEDIATE_TIMEOUT_MS, signal }
          : { blocking: { index, waitMs }, timeoutMs: waitMs * 1.1 + IMMEDIATE_TIMEOUT_MS, signal },
      );
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      index = undefined;
      onError(error);
      await backoff.wait(signal);
      continue;
    }
    if (index === undefined || result.index !== index) onValue(result.value);
    index = nextIndex(index, result.index);
    await pause(Math.max(0, minIntervalMs - (performance.now() - startedAt)), signal);
  }
}

/** Returns the index for the next call, or `undefined` to start over without one. Exported for its test. */
export function nextIndex(last: string | undefined, received: string | undefined): string | undefined {
  const index = Number(received);
  if (!Number.isSafeInteger(index) || index < 1) return undefined;
  return last !== undefined && index < Number(last) ? undefined : received;
}
