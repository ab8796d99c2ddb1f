import { randomFillSync } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

const POOL_BYTES = 4096;

/** Generates ids. A trace id generated in advance can be reused. */
export interface RandomIds extends IdGenerator {
  /** Makes `generateTraceId` return this id next. */
  reuse(traceId: string): void;
}

/** Generates trace and span ids (W3C Trace Context §3.2.2) from a pool of random bytes that is filled in bulk. */
export function createRandomIds(): RandomIds {
  const pool = Buffer.allocUnsafe(POOL_BYTES);
  let hex = '';
  let position = 0;
  let reused: string | undefined;

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
      const traceId = reused ?? next(32);
      reused = undefined;
      return traceId;
    },
    generateSpanId: () => next(16),
    reuse(traceId) {
      reused = traceId;
    },
  };
}
