import type { FastifyBaseLogger } from 'fastify';

export interface OutageLog {
  /** Logs a request that failed with the problem `code`, unless an earlier line already covers it. */
  failed(code: string, error: unknown, logger: Pick<FastifyBaseLogger, 'warn'>): void;
}

/** An outage ends when its code has not occurred for this long. During an outage the line is repeated at this interval. */
const INTERVAL_MS = 60_000;

/**
 * Maximum number of codes remembered at once. No program has more; it bounds the memory for codes with request data.
 */
const MAX_CODES = 100;

/**
 * Logs requests that fail because a dependency is temporarily unavailable: with the stack once per outage and code, then
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
