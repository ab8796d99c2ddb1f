import { createThrottle } from '../logging/throttle.ts';

/** The subset of a pino logger that is used here. */
export interface FailureLogger {
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

export interface FailureLogOptions {
  /** The operation that the lines name, such as `registration`. */
  subject: string;
  /**
   * Returns what happened, for a warning, if the failure may end by itself. Any other failure, such as a missing permission, needs
   * an operator and is logged as an error.
   */
  explain(error: unknown): string | undefined;
}

const REMINDER_MS = 300_000;

export function createExplainedFailureLog({ subject, explain }: FailureLogOptions, logger: FailureLogger): FailureLog {
  const throttle = createThrottle(REMINDER_MS);
  let failing = false;
  return {
    failed(error) {
      failing = true;
      const explanation = explain(error);
      if (!throttle.isDue(explanation ?? String(error))) return;
      if (explanation === undefined) logger.error({ err: error }, `${subject} failed`);
      else logger.warn({ err: error }, `${subject}: ${explanation}`);
    },
    recovered() {
      if (failing) logger.info({}, `${subject}: recovered`);
      failing = false;
      throttle.reset();
    },
  };
}
