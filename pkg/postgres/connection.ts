import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { DatabaseError, type QueryResult as DriverResult, type PoolClient } from 'pg';
import type { Availability } from './availability.ts';
import { requestCancel } from './cancel.ts';
import { connectionError, isPostgresError, PostgresError, serverError } from './errors.ts';
import type { Lease, Pool } from './pool.ts';
import type { ObserveStatement } from './statement-observer.ts';

export interface ConnectionOptions {
  statementTimeoutMs: number;
}

export interface ConnectionDependencies {
  observe: ObserveStatement;
  availability: Availability;
  pool: Pick<Pool, 'renew'>;
}

type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** A connection in use, on which statements are executed one after the other. */
export interface Connection extends DatabaseConnection {
  readonly broken: boolean;
  /** Executes a statement without parameters and returns its command tag: `ROLLBACK` for the commit of a failed transaction. */
  command(sql: string): Promise<string>;
  release(): void;
}

/** Time for the server to end a statement itself before the service closes the connection, in milliseconds. */
const GRACE_MS = 500;

/** The server ended the statement because of its time limit or a request to cancel it. */
const CANCELED = '57014';

const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

export function createConnection(
  lease: Lease,
  { statementTimeoutMs }: ConnectionOptions,
  { observe, availability, pool }: ConnectionDependencies,
): Connection {
  const { client, address, tls, isLimitedByServer } = lease;
  const limitMs = isLimitedByServer ? statementTimeoutMs + GRACE_MS : statementTimeoutMs;
  let broken = false;

  function cancel(): void {
    const { processID: processId, secretKey } = client as PoolClient & { processID?: number; secretKey?: number };
    if (typeof processId === 'number' && typeof secretKey === 'number') {
      requestCancel({ processId, secretKey }, address, tls);
    }
  }

  /** Executes a statement, at most until the time limit. If the signal aborts, asks the server to cancel it. */
  async function send({ sql, parameters }: Statement, signal: AbortSignal | undefined): Promise<DriverResult> {
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const expire = () => {
      broken = true;
      cancel();
      reject(new PostgresError(`no result within ${limitMs} ms`, { code: 'POSTGRES_TIMEOUT' }));
    };
    let expiry: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // If the event loop was blocked, the result may have arrived. It is read before this is called.
      expiry = setImmediate(expire);
    }, limitMs);
    let cancelled = false;
    const onAbort = () => {
      cancelled = true;
      cancel();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const result = client.query(sql, [...parameters]);
    // Once the limit has expired, nobody waits for the result.
    result.catch(() => {});
    try {
      return await Promise.race([result, expired]);
    } catch (error) {
      if (error instanceof DatabaseError && error.code === CANCELED) cancelled = false;
      throw error;
    } finally {
      clearTimeout(timer);
      clearImmediate(expiry);
      signal?.removeEventListener('abort', onAbort);
      // The request could still arrive, and cancel the next statement.
      if (cancelled) broken = true;
    }
  }

  async function execute(query: Statement, signal?: AbortSignal | undefined): Promise<DriverResult> {
    // In a transaction: a statement on a connection that does not respond would wait for its time limit again.
    if (broken) throw new PostgresError('the connection broke', { code: 'POSTGRES_UNAVAILABLE' });
    const statement = observe(query.sql, address);
    try {
      const result = await send(query, signal);
      statement.succeeded();
      availability.succeeded({ startedAt: statement.startedAt, isWrite: WRITES.has(result.command) });
      return result;
    } catch (error) {
      const converted = convert(error);
      if (isUnusable(converted)) broken = true;
      if (leadsToOtherServer(converted, statement.startedAt)) pool.renew();
      statement.failed(converted);
      if (converted instanceof PostgresError) report(converted, statement.startedAt);
      throw converted;
    }
  }

  /** Whether the other connections, too, probably lead to a server that failed, was demoted or is cut off. */
  function leadsToOtherServer(error: unknown, startedAt: number): boolean {
    if (!isPostgresError(error)) return false;
    if (/^(?:25006|57P0[1-3])$/.test(error.sqlState ?? '')) return true;
    return error.code === 'POSTGRES_TIMEOUT' && broken && !availability.respondedSince(startedAt);
  }

  function report(error: PostgresError, startedAt: number): void {
    const isResponse = ['POSTGRES_REJECTED', 'POSTGRES_CONFLICT'].includes(error.code) || error.sqlState === CANCELED;
    if (isResponse) availability.succeeded({ startedAt, isWrite: false });
    else availability.failed(error, startedAt);
  }

  return {
    get broken() {
      return broken;
    },
    async executeQuery<Row>(query: CompiledQuery, { signal }: { signal?: AbortSignal | undefined } = {}) {
      try {
        return toResult<Row>(await execute(query, signal));
      } catch (error) {
        // Kysely has rejected with the signal's reason, and would print this error.
        if (signal?.aborted) return { rows: [] };
        throw error;
      }
    },
    // biome-ignore lint/correctness/useYield: it always throws
    async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
      throw new Error('streaming is not supported: read pages by key');
    },
    command: async (sql) => (await execute({ sql, parameters: [] })).command,
    release: () => lease.release({ broken }),
  };
}

function toResult<Row>({ command, rowCount, rows }: DriverResult): QueryResult<Row> {
  const result = { rows: rows ?? [] };
  return WRITES.has(command) ? { ...result, numAffectedRows: BigInt(rowCount ?? 0) } : result;
}

function convert(error: unknown): unknown {
  if (error instanceof PostgresError) return error;
  if (error instanceof DatabaseError && error.code !== undefined) {
    const { message, code: sqlState, constraint } = error;
    return serverError({ message, sqlState, constraint });
  }
  // A value that cannot be encoded is a mistake of the caller.
  return error instanceof TypeError || error instanceof RangeError ? error : connectionError(error);
}

/** Whether the connection must not be used again: it broke, or leads to a server that cannot execute the statement. */
function isUnusable(error: unknown): boolean {
  if (!isPostgresError(error)) return false;
  return error.sqlState === undefined || /^(?:08|25006|25P03|57P|58|XX)/.test(error.sqlState);
}
