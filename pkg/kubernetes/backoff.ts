import { setTimeout as delay } from 'node:timers/promises';

export interface Backoff {
  /** Returns the next delay in milliseconds: doubles with each call up to the maximum, minus up to half as jitter. */
  next(): number;
  /** Starts over with the first delay. Call it after a success. */
  reset(): void;
}

export function createBackoff({ minMs, maxMs }: { minMs: number; maxMs: number }): Backoff {
  let ceilingMs = minMs;
  return {
    next() {
      const waitMs = (ceilingMs * (1 + Math.random())) / 2;
      ceilingMs = Math.min(maxMs, ceilingMs * 2);
      return waitMs;
    },
    reset() {
      ceilingMs = minMs;
    },
  };
}

/** Waits for `ms` milliseconds or until the signal aborts, which the caller must check. Never rejects. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await Promise.allSettled([delay(ms, undefined, { signal })]);
}
