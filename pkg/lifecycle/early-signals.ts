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
 * Handles signals until something else listens to them (see `createLifecycle`). A stop signal exits immediately with 0,
 * since nothing that needs to be stopped has started yet. Call this before anything that takes time, including imports.
 *
 * The kernel does not deliver SIGTERM to process 1 of a container without a handler: the service would start anyway and
 * be killed after the grace period.
 */
export function handleEarlySignals(process: SignalSource = nodeProcess): void {
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      // Keep the listener: without one, a signal during the exit would kill the process and lose its exit code.
      if (process.listenerCount(signal) === 1) process.exit(0);
    });
  }
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => {});
}
