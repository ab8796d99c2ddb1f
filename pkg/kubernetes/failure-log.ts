import { createThrottle } from '../logging/throttle.ts';
import { isKubernetesError } from './errors.ts';

/** The subset of a pino logger that is used here. */
export interface KubernetesLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Logs a persistent failure once, again when its kind changes, and as a reminder every five minutes. */
export interface FailureLog {
  failed(error: unknown): void;
  /** Logs the recovery after a failure. */
  recovered(): void;
}

const REMINDER_MS = 300_000;

/** @param subject the operation that the lines name, such as `informer of jobs.batch`. */
export function createFailureLog(subject: string, logger: KubernetesLogger): FailureLog {
  const throttle = createThrottle(REMINDER_MS);
  let failing = false;
  return {
    failed(error) {
      failing = true;
      const kind = kindOf(error);
      if (!throttle.isDue(kind)) return;
      // An outage may end by itself, hence a warning. Other failures, such as a missing permission, need an operator.
      if (kind === 'outage') logger.warn({ err: error }, `${subject}: the API server is unavailable`);
      else if (kind === 'missing')
        logger.warn({ err: error }, `${subject}: the resource does not exist: its CRD or namespace is missing`);
      else logger.error({ err: error }, `${subject} failed`);
    },
    recovered() {
      if (failing) logger.info({}, `${subject}: recovered`);
      failing = false;
      throttle.reset();
    },
  };
}

function kindOf(error: unknown): string {
  if (isKubernetesError(error, 'KUBERNETES_UNAVAILABLE', 'KUBERNETES_TIMEOUT')) return 'outage';
  return isKubernetesError(error, 'NotFound') ? 'missing' : String(error);
}
