/**
 * Returns a signal that aborts at the first SIGTERM, SIGINT or SIGQUIT. A second one exits at once with code 1: PostgreSQL
 * then rolls back the migration in progress.
 *
 * Call this before anything that takes time, including imports: PID 1 of a container ignores a SIGTERM that it has no
 * handler for.
 */
export function abortOnStopSignals(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    });
  }
  return stop.signal;
}
