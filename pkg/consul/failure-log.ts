import { createThrottle } from '../logging/throttle.ts';
import { isConsulError } from './errors.ts';

/** The subset of a pino logger that is used here. */
export interface ConsulLogger {
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

/** @param subject the operation that the lines name, such as `registration`. */
export function createFailureLog(subject: string, logger: ConsulLogger): FailureLog {
  const throttle = createThrottle(REMINDER_MS);
  let failing = false;
  return {
    failed(error) {
      failing = true;
      if (!throttle.isDue(kindOf(error))) return;
      // An outage may end by itself, hence a warning. Other failures, such as a missing permission, need an operator.
      if (isConsulError(error, 'CONSUL_UNAVAILABLE', 'CONSUL_TIMEOUT'))
        logger.warn({ err: error }, `${subject}: Consul is unavailable`);
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
  if (isConsulError(error, 'CONSUL_UNAVAILABLE', 'CONSUL_TIMEOUT')) return 'unavailable';
  return error instanceof Error ? error.message : String(error);
}
