import { describeError } from '../errors/describe-error.ts';
import { isKubernetesError } from './errors.ts';
import type { KubernetesLogger } from './failure-log.ts';

/** Logs a failure when it appears and again as a reminder, not at every retry, nor for each of many affected keys. */
export interface ReconcileLog {
  failed(key: string, error: unknown): void;
  /** Logs the recovery of a key whose failure was logged. */
  succeeded(key: string): void;
}

const REMINDER_MS = 300_000;

/** Maximum number of failures that are known to have been logged. Beyond it, the oldest ones are logged again. */
const MAX_KNOWN = 1_000;

export function createReconcileLog(controller: string, logger: KubernetesLogger): ReconcileLog {
  /** When each failure was last logged, by its description. */
  const loggedAt = new Map<string, number>();
  const failing = new Set<string>();

  function isDue(description: string): boolean {
    const now = performance.now();
    const last = loggedAt.get(description);
    if (last !== undefined && now - last < REMINDER_MS) return false;
    loggedAt.delete(description);
    loggedAt.set(description, now);
    const [oldest] = loggedAt.keys();
    if (loggedAt.size > MAX_KNOWN && oldest !== undefined) loggedAt.delete(oldest);
    return true;
  }

  return {
    failed(key, error) {
      if (!isDue(describeError(error))) return;
      failing.add(key);
      // An outage may end by itself, hence a warning. Other failures need someone to look at the object or the code.
      if (isKubernetesError(error, 'KUBERNETES_UNAVAILABLE', 'KUBERNETES_TIMEOUT'))
        logger.warn({ err: error, controller, key }, 'reconcile failed: the API server is unavailable');
      else logger.error({ err: error, controller, key }, 'reconcile failed');
    },
    succeeded(key) {
      if (failing.delete(key)) logger.info({ controller, key }, 'reconcile recovered');
    },
  };
}
