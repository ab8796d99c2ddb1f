import { describeError } from '../errors/describe-error.ts';

/**
 * - `POSTGRES_UNAVAILABLE`: no connection, or it broke, or the server is starting, stopping or out of a resource. A
 *   statement in progress may have taken effect.
 * - `POSTGRES_POOL_TIMEOUT`: no connection became free in time. The statement was not sent.
 * - `POSTGRES_TIMEOUT`: the statement exceeded its time limit. If the server did not confirm that, it may have taken
 *   effect.
 * - `POSTGRES_READ_ONLY`: the server accepts no writes, for example a replica. Nothing was changed.
 * - `POSTGRES_DENIED`: the user, the password, the database or the server's certificate was rejected, or a permission is
 *   missing.
 * - `POSTGRES_CONFLICT`: a serialization failure or a deadlock. The transaction was rolled back and can be retried.
 * - `POSTGRES_REJECTED`: the statement itself is invalid, or violates a constraint.
 */
export type PostgresErrorCode =
  | 'POSTGRES_UNAVAILABLE'
  | 'POSTGRES_POOL_TIMEOUT'
  | 'POSTGRES_TIMEOUT'
  | 'POSTGRES_READ_ONLY'
  | 'POSTGRES_DENIED'
  | 'POSTGRES_CONFLICT'
  | 'POSTGRES_REJECTED';

interface PostgresErrorOptions {
  code: PostgresErrorCode;
  /** The server's error code, if the server reported the error: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  sqlState?: string | undefined;
  /** The violated constraint. */
  constraint?: string | undefined;
  cause?: unknown;
}

/** Thrown by all calls, except when the caller aborts them. Never contains values, the password or the client. */
export class PostgresError extends Error {
  readonly code: PostgresErrorCode;
  readonly sqlState: string | undefined;
  readonly constraint: string | undefined;

  constructor(what: string, { code, sqlState, constraint, cause }: PostgresErrorOptions) {
    super(`postgres: ${what}`, { cause });
    this.name = 'PostgresError';
    this.code = code;
    this.sqlState = sqlState;
    this.constraint = constraint;
  }
}

export function isPostgresError(error: unknown, ...codes: readonly PostgresErrorCode[]): error is PostgresError {
  return error instanceof PostgresError && (codes.length === 0 || codes.includes(error.code));
}

/** Returns whether the database was unavailable, rather than the statement wrong or in conflict with another one. */
export function isPostgresOutage(error: unknown): boolean {
  return isPostgresError(error) && error.code !== 'POSTGRES_REJECTED' && error.code !== 'POSTGRES_CONFLICT';
}

/** The codes that the service can meet although its statements are right, with what each means. */
const BY_SQLSTATE: readonly [pattern: RegExp, code: PostgresErrorCode][] = [
  [/^57014$/, 'POSTGRES_TIMEOUT'],
  [/^25006$/, 'POSTGRES_READ_ONLY'],
  [/^(?:28|3D000|42501)/, 'POSTGRES_DENIED'],
  [/^40/, 'POSTGRES_CONFLICT'],
  // Connection, resources, operator intervention, system error, a lost backend, a timeout between statements.
  [/^(?:08|53|57|58|XX|25P0[34])/, 'POSTGRES_UNAVAILABLE'],
];

/** Converts an error that the server reported. */
export function serverError({ message, sqlState, constraint }: ServerReport): PostgresError {
  const code = BY_SQLSTATE.find(([pattern]) => pattern.test(sqlState))?.[1] ?? 'POSTGRES_REJECTED';
  return new PostgresError(`${withoutValues(message, sqlState)} (${sqlState})`, { code, sqlState, constraint });
}

export interface ServerReport {
  message: string;
  /** Five characters. */
  sqlState: string;
  constraint?: string | undefined;
}

/** Data exceptions (class 22) quote the invalid value. In other messages, names are quoted. */
function withoutValues(message: string, sqlState: string): string {
  return sqlState.startsWith('22') ? message.replace(/".*"/s, '"…"') : message;
}

/** Converts an error of the connection, which may reference the client and so the password. */
export function connectionError(error: unknown): PostgresError {
  const { code } = Object(error) as { code?: unknown };
  const what = describeError(error);
  const isTls = (typeof code === 'string' && /CERT|^ERR_TLS|^UNABLE_TO/.test(code)) || /SSL/.test(what);
  return new PostgresError(what, { code: isTls ? 'POSTGRES_DENIED' : 'POSTGRES_UNAVAILABLE' });
}
