/** A question about something this service depends on, asked by readiness. */
export interface Check {
  /** `[a-z0-9-]+`, unique; operators see it in `/readyz?verbose` and ask for it with `/readyz/<name>`. */
  name: string;
  /** A failing `required` check makes the service unready; an `informational` one is only listed. */
  kind: 'required' | 'informational';
  /**
   * Passes by returning, fails by throwing or rejecting, whatever the value. The signal aborts at the time limit and
   * should be passed on: until the call has settled, no second one is made and the check counts as failed.
   */
  check(signal: AbortSignal): void | Promise<void>;
  /** Milliseconds until a call counts as failed, above 0. Default 1000; keep it under the prober's own limit. */
  timeoutMs?: number;
  /** Milliseconds for which a result, pass or fail, answers further probes. Default 1000; 0 asks every time. */
  cacheMs?: number;
}

/** A mistake in how a check is declared: thrown where it is added, at start, never while probing. */
export class InvalidCheckError extends Error {
  readonly code = 'INVALID_CHECK';

  constructor(message: string) {
    super(message);
    this.name = 'InvalidCheckError';
  }
}

const DEFAULT_TIMEOUT_MS = 1000;
const DEFAULT_CACHE_MS = 1000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The check with its defaults filled in. Throws InvalidCheckError for a name or a time that cannot be. */
export function completeCheck(check: Check): Required<Check> {
  const { name, kind, timeoutMs = DEFAULT_TIMEOUT_MS, cacheMs = DEFAULT_CACHE_MS } = check;
  if (!/^[a-z0-9-]+$/.test(name)) {
    throw new InvalidCheckError(`health check name ${JSON.stringify(name)} is not of the form [a-z0-9-]+`);
  }
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS)) {
    throw new InvalidCheckError(`health check ${name}: timeoutMs ${timeoutMs} is not in 1..${MAX_TIMER_MS}`);
  }
  if (!(cacheMs >= 0)) throw new InvalidCheckError(`health check ${name}: cacheMs ${cacheMs} is not 0 or more`);
  return { name, kind, timeoutMs, cacheMs, check: (signal) => check.check(signal) };
}
