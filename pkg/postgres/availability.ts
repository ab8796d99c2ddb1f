import { createThrottle } from '../logging/throttle.ts';
import { isPostgresError, type PostgresError } from './errors.ts';

/** The subset of a pino logger that is used here. */
export interface PostgresLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Follows whether the database responds, from the results of statements and connections. */
export interface Availability {
  readonly available: boolean;
  /** Returns whether the server has responded since this time, on the clock of `performance.now()`. */
  respondedSince(at: number): boolean;
  /** The server executed a statement that started at this time. `isWrite`: a read-only server would have rejected it. */
  succeeded(options: { startedAt: number; isWrite: boolean }): void;
  /** An attempt that started at this time failed. */
  failed(error: PostgresError, startedAt: number): void;
}

const REMINDER_MS = 300_000;

/**
 * Logs an outage once, with a reminder every five minutes, and its end. If the server has responded to another statement
 * since the failed one started, only that connection or that statement is at fault, which is not an outage. Only a
 * statement that started after the latest failure ends an outage: an earlier one may have been executed before it.
 */
export function createAvailability(logger: PostgresLogger): Availability {
  const connections = createOutage(
    { begin: 'PostgreSQL is unavailable', end: 'PostgreSQL is available again', quietMs: 0 },
    logger,
  );
  const writes = createOutage(
    { begin: 'PostgreSQL is read-only', end: 'PostgreSQL accepts writes again', quietMs: 1_000 },
    logger,
  );
  const busy = createThrottle(REMINDER_MS);

  return {
    get available() {
      return !connections.ongoing;
    },
    respondedSince: (at) => connections.succeededAt >= at,
    succeeded({ startedAt, isWrite }) {
      connections.succeeded(startedAt);
      if (isWrite) writes.succeeded(startedAt);
    },
    failed(error, startedAt) {
      if (isPostgresError(error, 'POSTGRES_READ_ONLY')) writes.failed(error, startedAt);
      else if (!isPostgresError(error, 'POSTGRES_REJECTED', 'POSTGRES_CONFLICT')) {
        const isOutage = connections.failed(error, startedAt);
        if (!isOutage && isPostgresError(error, 'POSTGRES_POOL_TIMEOUT') && busy.isDue()) {
          logger.warn({ err: error }, 'all database connections are in use');
        }
      }
    },
  };
}

interface Outage {
  readonly ongoing: boolean;
  readonly succeededAt: number;
  succeeded(startedAt: number): void;
  /** Returns whether the failure is part of an outage. */
  failed(error: PostgresError, startedAt: number): boolean;
}

interface OutageOptions {
  /** Logged at the start and at the end. */
  begin: string;
  end: string;
  /**
   * How long after the latest failure a statement must start to end the outage, in milliseconds. During a failover, some
   * connections still lead to the old server.
   */
  quietMs: number;
}

function createOutage({ begin, end, quietMs }: OutageOptions, logger: PostgresLogger): Outage {
  const throttle = createThrottle(REMINDER_MS);
  let ongoing = false;
  let isDenied = false;
  let succeededAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  return {
    get ongoing() {
      return ongoing;
    },
    get succeededAt() {
      return succeededAt;
    },
    succeeded(startedAt) {
      succeededAt = performance.now();
      if (!ongoing || startedAt < failedAt + quietMs) return;
      ongoing = false;
      isDenied = false;
      throttle.reset();
      logger.info({}, end);
    },
    failed(error, startedAt) {
      if (!ongoing && succeededAt > startedAt) return false;
      ongoing = true;
      failedAt = performance.now();
      // An outage may end by itself. A wrong password or certificate needs an operator.
      isDenied ||= isPostgresError(error, 'POSTGRES_DENIED');
      if (!throttle.isDue(isDenied ? 'denied' : 'unavailable')) return true;
      if (isDenied) logger.error({ err: error }, begin);
      else logger.warn({ err: error }, begin);
      return true;
    },
  };
}
