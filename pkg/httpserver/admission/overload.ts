import type { Logger } from 'pino';
import { createThrottle } from '../../logging/throttle.ts';
import { createLoopWatch } from './loop-watch.ts';
import { createMemoryWatch, type MemoryWatchOptions } from './memory-watch.ts';

export interface OverloadOptions extends MemoryWatchOptions {
  /** Longest turn of the event loop while there is more to do than can be done, in milliseconds. 0: not watched. */
  eventLoopDelayMs: number;
}

export interface Overload {
  /**
   * Whether a request that came in at `now`, of `performance.now()`, while `served` others are being served, is too
   * much. While memory is near its limit requests are served one at a time: with none at all nothing might ever
   * allocate, hence collect, what would show that the memory is free again.
   */
  refuses(now: number, served: number): boolean;
}

/** Least time between two log lines about it, in milliseconds. */
const LOG_INTERVAL_MS = 10_000;

export function createOverload(options: OverloadOptions, logger: Pick<Logger, 'warn'>): Overload {
  const loop = options.eventLoopDelayMs > 0 ? createLoopWatch(options.eventLoopDelayMs) : undefined;
  const memory = createMemoryWatch(options);
  const throttle = createThrottle(LOG_INTERVAL_MS);

  function refuse(cause: string): true {
    if (throttle.isDue()) logger.warn({ cause }, 'overloaded: requests are refused');
    return true;
  }

  return {
    refuses(now, served) {
      if (loop?.refuses(now)) return refuse('event loop');
      const near = memory.nearLimit(now);
      return near !== undefined && served > 0 && refuse(near);
    },
  };
}
