import { pause } from './pause.ts';

export interface BackoffOptions {
  /** Milliseconds of the first wait, before jitter. */
  minMs: number;
  /** Milliseconds that no wait exceeds. */
  maxMs: number;
  /** A number from 0 up to 1. Default `Math.random`. */
  random?: () => number;
}

export interface Backoff {
  /** How long to wait now, in milliseconds; each time twice as long as before, until `maxMs`. */
  next(): number;
  /** After a success: begin again. */
  reset(): void;
  /** Waits `next()`, or until the signal aborts. Never rejects. */
  wait(signal: AbortSignal): Promise<void>;
}

/**
 * Exponential back-off with equal jitter: a wait is at least half of what it could be, so that a thousand instances
 * neither come back in the same moment nor hammer meanwhile.
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
