import type { Logger } from 'pino';
import { createThrottle } from '../../logging/throttle.ts';
import { createLoopWatch } from './loop-watch.ts';
import { createMemoryWatch, type MemoryWatchOptions } from './memory-watch.ts';

export interface OverloadOptions extends MemoryWatchOptions {
  /** Maximum length of an event loop turn under overload, in milliseconds. 0: not watched. */
  eventLoopDelayMs: number;
}

export interface Overload {
  /**
   * Whether to reject a request received at `now` (`performance.now()`) while `served` others are being served. When
   * memory is near its limit, requests are served one at a time. If all were rejected, nothing might trigger a garbage
   * collection, and memory would seem full indefinitely.
   */
  rejects(now: number, served: number): boolean;
}

/** Minimum time between two log lines about overload, in milliseconds. */
const LOG_INTERVAL_MS = 10_000;

export function createOverload(options: OverloadOptions, logger: Pick<Logger, 'warn'>): Overload {
  const loop = options.eventLoopDelayMs > 0 ? createLoopWatch(options.eventLoopDelayMs) : undefined;
  const memory = createMemoryWatch(options);
  const throttle = createThrottle(LOG_INTERVAL_MS);

  function reject(cause: string): true {
    if (throttle.isDue()) logger.warn({ cause }, 'overloaded: rejecting requests');
    return true;
  }

  return {
    rejects(now, served) {
      if (loop?.rejects(now)) return reject('event loop');
      const near = memory.nearLimit(now);
      return near !== undefined && served > 0 && reject(near);
    },
  };
}
