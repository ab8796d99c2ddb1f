import nodeProcess from 'node:process';
import { hardDeadlineMs, type StopTimes } from './budget.ts';
import { type Component, callComponent, type OpenCall } from './component.ts';
import { listenToProcess, type ProcessEvents } from './process-events.ts';
import { type LifecycleLogger, stopComponents } from './stop-components.ts';

interface LifecycleDependencies {
  logger: LifecycleLogger;
  /** Writes out buffered log lines before the process exits. Needed unless the logger's `fatal` already does so. */
  flushLogSync?: () => void;
  /** Source of signals and uncaught errors, and the process to exit. Default: this process. */
  process?: ProcessEvents & { exit(code: number): void };
}

export interface Lifecycle {
  /**
   * Starts the components in order, waits for a reason to stop, stops them, and resolves with the exit code. Exit
   * immediately, since a component that did not stop may keep the event loop alive:
   * `process.exit(await run(components))`. The exit code is
   *
   * - 0 after SIGTERM, SIGINT, SIGQUIT or `stop`, even if a component did not stop in time;
   * - 1 after a failed start, an uncaught exception or an unhandled rejection.
   *
   * A second signal exits immediately with 1, and so does the hard deadline (see `hardDeadlineMs`); the promise then
   * never settles. If the stop has a reason other than a signal, the next signal counts as the first. SIGHUP and
   * SIGUSR2 are ignored. The deadline cannot fire while code blocks the event loop; only a supervisor can end such a
   * process.
   *
   * Rejects if called a second time.
   */
  run(components: readonly Component[]): Promise<number>;
  /** Stops like a signal; `reason` is logged. Has no effect while stopping. After a stop, `run` starts nothing. */
  stop(reason: string): void;
}

export function createLifecycle(
  times: StopTimes,
  { logger: unguarded, flushLogSync, process = nodeProcess }: LifecycleDependencies,
): Lifecycle {
  const logger = neverThrowing(unguarded);
  const open = new Set<OpenCall>();
  const started: Component[] = [];
  const startAbort = new AbortController();
  const stopRequest = Promise.withResolvers<{ reason: string; since: number }>();
  let hasRun = false;
  let serving = false;
  let stopping = false;
  let exitCode = 0;
  let signals = 0;
  let pendingStart: Promise<void> = Promise.resolve();

  function requestStop(reason: string, code: number): void {
    exitCode = Math.max(exitCode, code);
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, 'stopping');
    stopRequest.resolve({ reason, since: performance.now() });
    if (!serving) startAbort.abort(new DOMException(`stopping: ${reason}`, 'AbortError'));
  }

  function exitAtOnce(fields: object, message: string): void {
    logger.fatal({ ...fields, open: [...open] }, message);
    flushLog();
    process.exit(1);
  }

  function flushLog(): void {
    try {
      flushLogSync?.();
    } catch (error) {
      // Standard output may be closed by now, which must not turn a clean stop into a failure.
      logger.error({ err: error }, 'failed to flush the log');
    }
  }

  function onStopSignal(signal: NodeJS.Signals): void {
    signals += 1;
    if (signals > 1) exitAtOnce({ signal }, 'second signal, exiting at once');
    else if (stopping) logger.info({ signal }, 'already stopping');
    else requestStop(signal, 0);
  }

  function onUncaught(what: string, error: unknown): void {
    logger.fatal({ err: error }, what);
    requestStop(what, 1);
  }

  /** Never rejects: a failed start requests the stop. */
  async function start(component: Component): Promise<void> {
    try {
      await callComponent(component, 'start', startAbort.signal, open);
      started.push(component);
    } catch (error) {
      const fields = { err: error, component: component.name, phase: 'start' };
      if (stopping) return logger.warn(fields, 'start aborted');
      logger.fatal(fields, 'start failed');
      requestStop(`start of ${component.name} failed`, 1);
    }
  }

  async function startAll(components: readonly Component[]): Promise<void> {
    const startedAt = performance.now();
    for (const component of components) {
      if (stopping) return;
      pendingStart = start(component);
      await Promise.race([pendingStart, stopRequest.promise]);
    }
    if (stopping) return;
    serving = true;
    logger.info({ duration_ms: Math.round(performance.now() - startedAt) }, 'started');
  }

  return {
    stop: (reason) => requestStop(reason, 0),
    async run(components) {
      if (hasRun) throw new Error('a lifecycle can run only once');
      hasRun = true;
      const onOtherSignal = (signal: NodeJS.Signals) => logger.info({ signal }, `${signal} ignored`);
      const stopListening = listenToProcess(process, { onStopSignal, onOtherSignal, onUncaught });
      // Signal listeners do not keep Node alive (`unref` in lib/internal/process/signal.js): a service without an open
      // socket or timer would exit.
      const keepAlive = setInterval(() => {}, 2 ** 31 - 1);
      let deadline: NodeJS.Timeout | undefined;
      try {
        await startAll(components);
        const { reason, since } = await stopRequest.promise;
        const limitMs = hardDeadlineMs(times);
        deadline = setTimeout(() => exitAtOnce({ limit_ms: limitMs }, 'hard deadline, exiting at once'), limitMs);
        // A service that never served has no clients to wait for.
        const drainDelayMs = serving ? times.drainDelayMs : 0;
        await stopComponents(started, { ...times, drainDelayMs, logger, open, pendingStart });
        const fields = { reason, exit_code: exitCode, duration_ms: Math.round(performance.now() - since) };
        logger.info(open.size > 0 ? { ...fields, open: [...open] } : fields, 'stopped');
        flushLog();
        return exitCode;
      } finally {
        clearTimeout(deadline);
        clearInterval(keepAlive);
        stopListening();
      }
    },
  };
}

/** Wraps a logger so that it never throws: a failing log must not prevent a stop. */
function neverThrowing(logger: LifecycleLogger): LifecycleLogger {
  const guard = (level: keyof LifecycleLogger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch {
      // There is nowhere else to report the error.
    }
  };
  return { info: guard('info'), warn: guard('warn'), error: guard('error'), fatal: guard('fatal') };
}
