import nodeProcess from 'node:process';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
const IGNORED_SIGNALS = ['SIGHUP', 'SIGUSR2'] as const;

type EarlySignal = (typeof STOP_SIGNALS)[number] | (typeof IGNORED_SIGNALS)[number];

interface SignalSource {
  on(signal: EarlySignal, listener: () => void): unknown;
  listenerCount(signal: EarlySignal): number;
  exit(code: number): void;
}

/**
 * Handles signals until something else listens to them (see `createLifecycle`): a stop signal exits with 0 at once, since
 * nothing has been started that would need to be stopped. Call it before everything that takes time, imports included.
 *
 * Without a handler the kernel does not deliver SIGTERM to process 1 of a container at all: the service would start, and
 * be killed when its grace period is over.
 */
export function handleEarlySignals(process: SignalSource = nodeProcess): void {
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      // The listeners stay: without any, a signal during the exit would kill the process and lose its exit code.
      if (process.listenerCount(signal) === 1) process.exit(0);
    });
  }
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => {});
}
