import { type StopTimes, WITHDRAW_LIMIT_MS } from './budget.ts';
import { callPart, type OpenCall, type Part, type Phase } from './part.ts';
import { settledOrAborted, withTimeLimit } from './time-limit.ts';

/** The part of a pino logger that is used here: an error goes in as `err`. */
export interface LifecycleLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

interface StopOptions extends StopTimes {
  logger: LifecycleLogger;
  /** Calls to parts that have not settled; this adds its own. */
  open: Set<OpenCall>;
  /** A start that was going on when the stop was asked for: stopped too, if it still comes about. Must not reject. */
  pendingStart: Promise<void>;
}

/**
 * How long the parts together may still take once the time of a phase is up, to react to the abort. Twice this (stop
 * and flush) is less than what the hard deadline leaves to spare.
 */
const GRACE_MS = 250;

/**
 * Withdraws, drains, stops and flushes the parts in `started`, to which `pendingStart` may still add its own. Never rejects and leaves out no part: what fails is
 * logged, what exceeds its time is logged and left behind.
 */
export async function stopParts(started: readonly Part[], options: StopOptions): Promise<void> {
  const { drainDelayMs, shutdownTimeoutMs, flushTimeoutMs, logger, open, pendingStart } = options;
  const begunAt = performance.now();

  async function attempt(part: Part, phase: Phase, signal: AbortSignal): Promise<void> {
    try {
      await callPart(part, phase, signal, open);
    } catch (error) {
      logger.error({ err: error, part: part.name, phase }, `${phase} failed`);
    }
  }

  function within(phase: Phase, limitMs: number, body: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const onLimit = () => logger.warn({ phase, limit_ms: limitMs, open: [...open] }, 'time limit reached, still open');
    return withTimeLimit(limitMs, onLimit, body);
  }

  async function inTurn(parts: readonly Part[], phase: 'stop' | 'flush', signal: AbortSignal): Promise<void> {
    const graceMs = GRACE_MS / parts.length;
    for (const part of parts) {
      await settledOrAborted(attempt(part, phase, signal), signal, graceMs);
    }
  }

  const withdrawn = within('withdraw', WITHDRAW_LIMIT_MS, async (signal) => {
    await Promise.all(started.map((part) => settledOrAborted(attempt(part, 'withdraw', signal), signal, 0)));
  });
  const delayOver = new Promise<void>((resolve) => setTimeout(resolve, drainDelayMs));
  await Promise.all([withdrawn, delayOver]);
  logger.info({ duration_ms: Math.round(performance.now() - begunAt) }, 'drain delay over');

  const closingAt = performance.now();
  let reversed: Part[] = [];
  await within('stop', shutdownTimeoutMs, async (signal) => {
    await settledOrAborted(pendingStart, signal, 0);
    reversed = started.toReversed();
    await inTurn(reversed, 'stop', signal);
  });
  logger.info({ duration_ms: Math.round(performance.now() - closingAt) }, 'parts stopped');

  await within('flush', flushTimeoutMs, (signal) => inTurn(reversed, 'flush', signal));
}
