import nodeProcess from 'node:process';
import { hardDeadlineMs, type StopTimes } from './budget.ts';
import { neverThrowing } from './never-throwing.ts';
import { callPart, type OpenCall, type Part } from './part.ts';
import { listenToProcess, type ProcessEvents } from './process-events.ts';
import { type LifecycleLogger, stopParts } from './stop-parts.ts';

interface LifecycleDependencies {
  logger: LifecycleLogger;
  /** Brings the log's last lines out before the process exits: needed if the logger's own `fatal` does not do that. */
  flushLogSync?: () => void;
  /** Source of signals and of uncaught errors, and what `exit` is called on. Default: this process. */
  process?: ProcessEvents & { exit(code: number): void };
}

export interface Lifecycle {
  /**
   * Starts the parts in order, waits for a reason to stop, stops them, and resolves with the exit code; the caller
   * exits with it at once, since a part that was left behind may hold the event loop: `process.exit(await run(parts))`.
   *
   * - 0 after SIGTERM, SIGINT, SIGQUIT or `stop`, also if a part was left behind at the end of its time;
   * - 1 after a failed start, an uncaught exception or an unhandled rejection.
   *
   * A second signal exits with 1 at once, and so does the hard deadline (see `hardDeadlineMs`): then nothing resolves.
   * A signal that comes while another reason is being acted on is the first one. SIGHUP and SIGUSR2 are ignored. No timer fires
   * while code blocks the event loop: against that, only whoever supervises the process helps.
   *
   * Rejects if called a second time.
   */
  run(parts: readonly Part[]): Promise<number>;
  /** Begins the stop, as a signal does; `reason` is for the log. Nothing once stopping; before `run`, `run` starts nothing. */
  stop(reason: string): void;
}

export function createLifecycle(
  times: StopTimes,
  { logger: unguarded, flushLogSync, process = nodeProcess }: LifecycleDependencies,
): Lifecycle {
  const logger = neverThrowing(unguarded);
  const open = new Set<OpenCall>();
  const started: Part[] = [];
  const startAbort = new AbortController();
  const stopRequest = Promise.withResolvers<{ reason: string; since: number }>();
  let begun = false;
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
      // Standard output may be closed by now. That is no reason to call a clean stop failed.
      logger.error({ err: error }, 'log not flushed');
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

  /** Never rejects: a start that fails asks for the stop. */
  async function start(part: Part): Promise<void> {
    try {
      await callPart(part, 'start', startAbort.signal, open);
      started.push(part);
    } catch (error) {
      const fields = { err: error, part: part.name, phase: 'start' };
      if (stopping) return logger.warn(fields, 'start given up');
      logger.fatal(fields, 'start failed');
      requestStop(`start of ${part.name} failed`, 1);
    }
  }

  async function startAll(parts: readonly Part[]): Promise<void> {
    const begunAt = performance.now();
    for (const part of parts) {
      if (stopping) return;
      pendingStart = start(part);
      await Promise.race([pendingStart, stopRequest.promise]);
    }
    if (stopping) return;
    serving = true;
    logger.info({ duration_ms: Math.round(performance.now() - begunAt) }, 'started');
  }

  return {
    stop: (reason) => requestStop(reason, 0),
    async run(parts) {
      if (begun) throw new Error('a lifecycle runs once');
      begun = true;
      const onOtherSignal = (signal: NodeJS.Signals) => logger.info({ signal }, `${signal} ignored`);
      const stopListening = listenToProcess(process, { onStopSignal, onOtherSignal, onUncaught });
      // Waiting for a signal does not keep Node running (`unref` in lib/internal/process/signal.js): a service without an
      // open socket or timer would end.
      const keepAlive = setInterval(() => {}, 2 ** 31 - 1);
      let deadline: NodeJS.Timeout | undefined;
      try {
        await startAll(parts);
        const { reason, since } = await stopRequest.promise;
        const limitMs = hardDeadlineMs(times);
        deadline = setTimeout(() => exitAtOnce({ limit_ms: limitMs }, 'hard deadline, exiting at once'), limitMs);
        // What never served has no clients that have to notice.
        const drainDelayMs = serving ? times.drainDelayMs : 0;
        await stopParts(started, { ...times, drainDelayMs, logger, open, pendingStart });
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
