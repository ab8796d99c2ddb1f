import type { Admission } from '../admission/admission.ts';
import type { BodyReader } from '../body/body-reader.ts';
import type { UnreadBodies } from '../connection/unread-bodies.ts';
import type { Exchanges } from '../exchange/exchanges.ts';
import { watchExchanges } from './exchange-watch.ts';
import { createHandlerTimeout } from './handler-timeout.ts';
import { createSlowReaderWatch, type SlowReadersOptions } from './slow-readers.ts';

export interface TimeLimitsOptions extends SlowReadersOptions {
  /** Time for a handler to respond, in milliseconds. 0: no limit. */
  handlerTimeoutMs: number;
}

export interface TimeLimitsDependencies {
  exchanges: Exchanges;
  admission: Admission;
  bodyReader: BodyReader;
  unreadBodies: UnreadBodies;
}

/**
 * Maximum time between two checks, in milliseconds: a response that is only being read keeps its slot until the next
 * one.
 */
const MAX_INTERVAL_MS = 250;
const MIN_INTERVAL_MS = 10;

/**
 * Enforces all time limits except those of Node's parser, each up to a tenth late.
 *
 * @returns a function that stops the checks.
 */
export function enforceTimeLimits(options: TimeLimitsOptions, dependencies: TimeLimitsDependencies): () => void {
  const { exchanges, admission, bodyReader, unreadBodies } = dependencies;
  const { handlerTimeoutMs, writeTimeoutMs } = options;
  const tenths = [handlerTimeoutMs, writeTimeoutMs].filter((limitMs) => limitMs > 0).map((limitMs) => limitMs / 10);
  return watchExchanges({
    intervalMs: Math.max(MIN_INTERVAL_MS, Math.min(MAX_INTERVAL_MS, ...tenths)),
    // A late body is rejected as such, before the limit of the handler is checked.
    whenPunctual: [
      bodyReader.check,
      createSlowReaderWatch(options, { exchanges, onHeldUp: admission.handOver }),
      unreadBodies.check,
    ],
    always: handlerTimeoutMs > 0 ? [createHandlerTimeout(exchanges, handlerTimeoutMs)] : [],
  });
}
