import { createThrottle } from '../logging/throttle.ts';
import { isConsulError } from './errors.ts';

/** The part of a pino logger that is used here. */
export interface ConsulLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Logs what goes on failing: once, again when it fails in another way, and every five minutes. */
export interface FailureLog {
  failed(error: unknown): void;
  /** Logs that it works again, if it had failed. */
  recovered(): void;
}

const REMINDER_MS = 300_000;

/** `subject` is what the lines are about: `registration`. */
export function createFailureLog(subject: string, logger: ConsulLogger): FailureLog {
  const throttle = createThrottle(REMINDER_MS);
  let failing = false;
  return {
    failed(error) {
      failing = true;
      if (!throttle.isDue(kindOf(error))) return;
      // What only another token can mend is for somebody to act on; that Consul is away, it may mend itself.
      if (isConsulError(error, 'CONSUL_AWAY', 'CONSUL_TIMEOUT'))
        logger.warn({ err: error }, `${subject}: Consul is away`);
      else logger.error({ err: error }, `${subject} failed`);
    },
    recovered() {
      if (failing) logger.info({}, `${subject}: works again`);
      failing = false;
      throttle.reset();
    },
  };
}

function kindOf(error: unknown): string {
  if (isConsulError(error, 'CONSUL_AWAY', 'CONSUL_TIMEOUT')) return 'away';
  return error instanceof Error ? error.message : String(error);
}
