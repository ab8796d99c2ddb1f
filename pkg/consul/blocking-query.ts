import { type Backoff, createBackoff } from './backoff.ts';
import { pause } from './pause.ts';

/** What a query is asked with. Pass all of it on. */
export interface BlockingCall {
  /** The index that was seen last; absent for an answer at once. */
  readonly blocking?: { readonly index: string; readonly waitMs: number };
  /** `waitMs` and a tenth: Consul adds up to a sixteenth to the wait, so that not all come back at once. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface BlockingQueryOptions<T> {
  query(call: BlockingCall): Promise<{ value: T; index: string | undefined }>;
  /** Told the first value, and each one that came with another index: it may still be equal to the one before. */
  onValue(value: T): void;
  /** Told of each failed call; the query goes on, after a wait. */
  onError(error: unknown): void;
  /** How long one call may wait for a change, in milliseconds. Default 30,000; Consul allows ten minutes. */
  waitMs?: number;
  /** Least time between the beginnings of two calls, in milliseconds, whatever Consul answers. Default 200. */
  minIntervalMs?: number;
  /** Between failed calls. Default: from 500 ms to 4 s. */
  backoff?: Backoff;
}

/** For an answer that does not wait for a change. */
const PROMPT_MS = 2_000;

/**
 * Follows what changes in Consul, until the signal aborts; then resolves. Rejects only if a callback throws.
 *
 * Keeps the rules of https://developer.hashicorp.com/consul/api-docs/features/blocking: an index that went backwards
 * or is not above 0 is forgotten, so is one from before an error (the agent may have been restarted, with another
 * history), and no answer comes so fast that it makes a hot loop. An agent that was restarted without its data between
 * two calls, which only `-dev` does, is noticed when one has waited in vain.
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
    const begunAt = performance.now();
    let answer: { value: T; index: string | undefined };
    try {
      answer = await query(
        index === undefined
          ? { timeoutMs: PROMPT_MS, signal }
          : { blocking: { index, waitMs }, timeoutMs: waitMs * 1.1 + PROMPT_MS, signal },
      );
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      index = undefined;
      onError(error);
      await backoff.wait(signal);
      continue;
    }
    if (index === undefined || answer.index !== index) onValue(answer.value);
    index = nextIndex(index, answer.index);
    await pause(Math.max(0, minIntervalMs - (performance.now() - begunAt)), signal);
  }
}

/** The index to wait on, or `undefined` to ask afresh. Exported for its test. */
export function nextIndex(last: string | undefined, answered: string | undefined): string | undefined {
  const index = Number(answered);
  if (!Number.isSafeInteger(index) || index < 1) return undefined;
  return last !== undefined && index < Number(last) ? undefined : answered;
}
