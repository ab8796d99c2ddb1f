import type { FastifyBaseLogger } from 'fastify';

export interface OutageLog {
  /** Logs a request that failed with the problem `code`, unless an earlier line already covers it. */
  failed(code: string, error: unknown, logger: Pick<FastifyBaseLogger, 'warn'>): void;
}

/** An outage is over when a code has not been seen for this long; while it lasts, a line repeats at this interval. */
const INTERVAL_MS = 60_000;

/** Codes remembered at once: more than a program has, so that one made of a request's data cannot fill the memory. */
const MAX_CODES = 100;

/**
 * Logs requests that fail because something is temporarily unavailable: with its stack once per outage and code, then
 * once a minute with the number of failures since the last line.
 */
export function createOutageLog(now: () => number = () => performance.now()): OutageLog {
  const outages = new Map<string, { failedAt: number; loggedAt: number; suppressed: number }>();

  return {
    failed(code, error, logger) {
      const time = now();
      const outage = outages.get(code);
      if (outage === undefined || time - outage.failedAt > INTERVAL_MS) {
        if (outages.size >= MAX_CODES) outages.clear();
        const suppressed = outage?.suppressed ?? 0;
        logger.warn({ problem: code, ...(suppressed > 0 && { suppressed }), err: error }, 'temporarily unavailable');
        outages.set(code, { failedAt: time, loggedAt: time, suppressed: 0 });
        return;
      }
      outage.failedAt = time;
      outage.suppressed += 1;
      if (time - outage.loggedAt < INTERVAL_MS) return;
      logger.warn({ problem: code, suppressed: outage.suppressed }, 'temporarily unavailable');
      outage.loggedAt = time;
      outage.suppressed = 0;
    },
  };
}
