/** A readiness check of a dependency of this service. */
export interface Check {
  /** Matches `[a-z0-9-]+` and is unique. Shown in `/readyz?verbose`; `/readyz/<name>` returns this check alone. */
  name: string;
  /** A failing `required` check makes the service unready; an `informational` one is only listed. */
  kind: 'required' | 'informational';
  /**
   * Passes by returning; fails by throwing or rejecting with any value. The signal aborts at the time limit. Pass it
   * on: until the call has settled, no second one is made and the check counts as failed.
   */
  check(signal: AbortSignal): void | Promise<void>;
  /** Time limit of a call in milliseconds, above 0. Default: 1000. Keep it below the prober's own timeout. */
  timeoutMs?: number;
  /** How long a result, pass or fail, is cached, in milliseconds. Default: 1000. 0 disables the cache. */
  cacheMs?: number;
}

/** Thrown for an invalid check when it is added at startup, never while probing. */
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

/** Fills in the defaults of a check. Throws InvalidCheckError for an invalid name or time. */
export function completeCheck(check: Check): Required<Check> {
  const { name, kind, timeoutMs = DEFAULT_TIMEOUT_MS, cacheMs = DEFAULT_CACHE_MS } = check;
  if (!/^[a-z0-9-]+$/.test(name)) {
    throw new InvalidCheckError(`health check name ${JSON.stringify(name)} does not match [a-z0-9-]+`);
  }
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS)) {
    throw new InvalidCheckError(`health check ${name}: timeoutMs ${timeoutMs} is not in 1..${MAX_TIMER_MS}`);
  }
  if (!(cacheMs >= 0)) throw new InvalidCheckError(`health check ${name}: cacheMs ${cacheMs} is not 0 or more`);
  return { name, kind, timeoutMs, cacheMs, check: (signal) => check.check(signal) };
}
