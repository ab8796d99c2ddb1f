import { DRAIN_LIMIT_MS, type StopTimes } from './budget.ts';
import { type Component, callComponent, type OpenCall, type Phase } from './component.ts';
import { settledOrAborted, withTimeLimit } from './time-limit.ts';

/** The subset of a pino logger that is used here. Errors are passed in the field `err`. */
export interface LifecycleLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

interface StopOptions extends StopTimes {
  logger: LifecycleLogger;
  /** Calls to components that have not settled; `stopComponents` adds its own. */
  open: Set<OpenCall>;
  /**
   * The start in progress when the stop was requested. If it succeeds, that component is stopped too. Never rejects.
   */
  pendingStart: Promise<void>;
}

/**
 * How long all components together may take to react to the abort at the end of a phase. Twice this time, for stop and
 * flush, is less than the spare time before the hard deadline.
 */
const GRACE_MS = 250;

/**
 * Drains, stops and flushes the components in `started`, to which `pendingStart` may still add one. Never rejects and
 * skips no component: one that fails is logged, one that exceeds the time limit is logged and left behind.
 */
export async function stopComponents(started: readonly Component[], options: StopOptions): Promise<void> {
  const { drainDelayMs, shutdownTimeoutMs, flushTimeoutMs, logger, open, pendingStart } = options;
  const startedAt = performance.now();

  async function attempt(component: Component, phase: Phase, signal: AbortSignal): Promise<void> {
    try {
      await callComponent(component, phase, signal, open);
    } catch (error) {
      logger.error({ err: error, component: component.name, phase }, `${phase} failed`);
    }
  }

  function within(phase: Phase, limitMs: number, body: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const onLimit = () => logger.warn({ phase, limit_ms: limitMs, open: [...open] }, 'time limit reached, still open');
    return withTimeLimit(limitMs, onLimit, body);
  }

  async function sequentially(
    components: readonly Component[],
    phase: 'stop' | 'flush',
    signal: AbortSignal,
  ): Promise<void> {
    const graceMs = GRACE_MS / components.length;
    for (const component of components) {
      await settledOrAborted(attempt(component, phase, signal), signal, graceMs);
    }
  }

  const drained = within('drain', DRAIN_LIMIT_MS, async (signal) => {
    await Promise.all(started.map((component) => settledOrAborted(attempt(component, 'drain', signal), signal, 0)));
  });
  const delayOver = new Promise<void>((resolve) => setTimeout(resolve, drainDelayMs));
  await Promise.all([drained, delayOver]);
  logger.info({ duration_ms: Math.round(performance.now() - startedAt) }, 'drain delay over');

  const closingAt = performance.now();
  let reversed: Component[] = [];
  await within('stop', shutdownTimeoutMs, async (signal) => {
    await settledOrAborted(pendingStart, signal, 0);
    reversed = started.toReversed();
    await sequentially(reversed, 'stop', signal);
  });
  logger.info({ duration_ms: Math.round(performance.now() - closingAt) }, 'components stopped');

  await within('flush', flushTimeoutMs, (signal) => sequentially(reversed, 'flush', signal));
}
