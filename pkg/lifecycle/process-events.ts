import type { ProcessEventMap } from 'node:process';

type HandledEvents = Pick<
  ProcessEventMap,
  'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR2' | 'uncaughtException' | 'unhandledRejection'
>;

/** The subset of the process API that is used here. */
export interface ProcessEvents {
  on<Event extends keyof HandledEvents>(event: Event, listener: (...args: HandledEvents[Event]) => void): unknown;
  off<Event extends keyof HandledEvents>(event: Event, listener: (...args: HandledEvents[Event]) => void): unknown;
}

/** Two SIGINTs closer together than this are one press of Ctrl-C, delivered twice. */
const ECHO_MS = 100;

interface ProcessEventHandlers {
  /** SIGTERM, SIGINT or SIGQUIT. */
  onStopSignal(signal: NodeJS.Signals): void;
  /** SIGHUP or SIGUSR2, which would end the process if nothing listened. */
  onOtherSignal(signal: NodeJS.Signals): void;
  /** `error` is the thrown value or the rejection reason. */
  onUncaught(what: 'uncaught exception' | 'unhandled rejection', error: unknown): void;
}

/** Listens for signals and uncaught errors. Returns a function that stops listening. */
export function listenToProcess(
  process: ProcessEvents,
  { onStopSignal, onOtherSignal, onUncaught }: ProcessEventHandlers,
): () => void {
  let interruptedAt = Number.NEGATIVE_INFINITY;

  function onInterrupt(): void {
    // The terminal sends SIGINT to every foreground process, and npm forwards it again. With a shell that replaces
    // itself with its command (bash), both reach this process, less than 1 ms apart (measured with npm 11).
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
