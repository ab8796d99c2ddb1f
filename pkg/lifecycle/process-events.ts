import type { ProcessEventMap } from 'node:process';

type Heard = Pick<
  ProcessEventMap,
  'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR2' | 'uncaughtException' | 'unhandledRejection'
>;

/** What is needed of the process to hear it. */
export interface ProcessEvents {
  on<Event extends keyof Heard>(event: Event, listener: (...args: Heard[Event]) => void): unknown;
  off<Event extends keyof Heard>(event: Event, listener: (...args: Heard[Event]) => void): unknown;
}

/** Two SIGINT closer together than this are one press of Ctrl-C, delivered twice: no hand is that quick. */
const ECHO_MS = 100;

interface ProcessEventHandlers {
  /** SIGTERM, SIGINT or SIGQUIT. */
  onStopSignal(signal: NodeJS.Signals): void;
  /** SIGHUP or SIGUSR2, which would end the process if nothing listened. */
  onOtherSignal(signal: NodeJS.Signals): void;
  /** `error` is whatever was thrown or rejected with. */
  onUncaught(what: 'uncaught exception' | 'unhandled rejection', error: unknown): void;
}

/** Listens to what the outside world and lost errors say to the process. Returns the function that stops listening. */
export function listenToProcess(
  process: ProcessEvents,
  { onStopSignal, onOtherSignal, onUncaught }: ProcessEventHandlers,
): () => void {
  let interruptedAt = Number.NEGATIVE_INFINITY;

  function onInterrupt(): void {
    // The terminal sends Ctrl-C to every process in the foreground, and npm sends it on once more: with a shell that
    // replaces itself by its command (bash) both reach this process, less than 1 ms apart (measured, npm 11).
    const now = performance.now();
    if (now - interruptedAt < ECHO_MS) return;
    interruptedAt = now;
    onStopSignal('SIGINT');
  }

  const onException = (error: unknown) => onUncaught('uncaught exception', error);
  const onRejection = (reason: unknown) => onUncaught('unhandled rejection', reason);

  process.on('SIGTERM', onStopSignal);
  process.on('SIGINT', onInterrupt);
  process.on('SIGQUIT', onStopSignal);
  process.on('SIGHUP', onOtherSignal);
  process.on('SIGUSR2', onOtherSignal);
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);

  return () => {
    process.off('SIGTERM', onStopSignal);
    process.off('SIGINT', onInterrupt);
    process.off('SIGQUIT', onStopSignal);
    process.off('SIGHUP', onOtherSignal);
    process.off('SIGUSR2', onOtherSignal);
    process.off('uncaughtException', onException);
    process.off('unhandledRejection', onRejection);
  };
}
