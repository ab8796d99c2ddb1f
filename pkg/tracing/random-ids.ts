import { randomFillSync } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

const POOL_BYTES = 4096;
/** Few: an id is a slice of the text of these bytes, and keeps all of it alive. */
const TEXT_BYTES = 256;

/** Generates ids. Those generated in advance can be reused. */
export interface RandomIds extends IdGenerator {
  /** Generates these ids, as far as it is called for them, while the function runs. */
  reuse<Result>(ids: { traceId: string; spanId?: string }, run: () => Result): Result;
}

/** Generates trace and span ids (W3C Trace Context §3.2.2) from a pool of random bytes that is filled in bulk. */
export function createRandomIds(): RandomIds {
  const pool = Buffer.allocUnsafe(POOL_BYTES);
  let used = POOL_BYTES;
  let hex = '';
  let position = 0;
  let reused: { traceId: string; spanId?: string } | undefined;

  function next(length: number): string {
    if (position + length > hex.length) {
      if (used === POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      hex = pool.toString('hex', used, used + TEXT_BYTES);
      used += TEXT_BYTES;
      position = 0;
    }
    position += length;
    return hex.slice(position - length, position);
  }

  return {
    generateTraceId: () => reused?.traceId ?? next(32),
    generateSpanId: () => reused?.spanId ?? next(16),
    reuse(ids, run) {
      reused = ids;
      try {
        return run();
      } finally {
        reused = undefined;
      }
    },
  };
}
