import { setTimeout as delay } from 'node:timers/promises';

export interface BackoffOptions {
  /** First delay before jitter, in milliseconds. */
  minMs: number;
  /** Maximum delay, in milliseconds. */
  maxMs: number;
  /** Returns a number from 0 up to 1. Default: `Math.random`. */
  random?: () => number;
}

export interface Backoff {
  /** Returns the next delay in milliseconds. Delays double with each call, up to `maxMs`. */
  next(): number;
  /** Starts over with the first delay. Call it after a success. */
  reset(): void;
  /** Waits for the next delay, or until the signal aborts. Never rejects. */
  wait(signal: AbortSignal): Promise<void>;
}

/**
 * Exponential backoff with equal jitter: a delay is between half and all of its nominal value, so that many instances
 * neither retry at the same moment nor retry too fast.
 */
export function createBackoff({ minMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let ceilingMs = minMs;
  function next(): number {
    const waitMs = (ceilingMs * (1 + random())) / 2;
    ceilingMs = Math.min(maxMs, ceilingMs * 2);
    return waitMs;
  }
  return {
    next,
    reset() {
      ceilingMs = minMs;
    },
    wait: (signal) => pause(next(), signal),
  };
}

/** Waits for `ms` milliseconds or until the signal aborts, which the caller must check. Never rejects. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await Promise.allSettled([delay(ms, undefined, { signal })]);
}
