import { randomFillSync } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

const POOL_BYTES = 4096;

/** Makes ids, and takes back a trace id that was asked for too early. */
export interface RandomIds extends IdGenerator {
  /** The next trace id will be this one. */
  keep(traceId: string): void;
}

/** Trace and span ids as W3C Trace Context §3.2.2 has them, cut from randomness that is fetched and written in hex in one go. */
export function createRandomIds(): RandomIds {
  const pool = Buffer.allocUnsafe(POOL_BYTES);
  let hex = '';
  let position = 0;
  let kept: string | undefined;

  function next(length: number): string {
    if (position + length > hex.length) {
      hex = randomFillSync(pool).toString('hex');
      position = 0;
    }
    position += length;
    return hex.slice(position - length, position);
  }

  return {
    generateTraceId() {
      const traceId = kept ?? next(32);
      kept = undefined;
      return traceId;
    },
    generateSpanId: () => next(16),
    keep(traceId) {
      kept = traceId;
    },
  };
}
