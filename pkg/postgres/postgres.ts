import type { Tracer } from '@opentelemetry/api';
import { Kysely, sql } from 'kysely';
import type { Metrics } from '../metrics/metrics.ts';
import { createAvailability, type PostgresLogger } from './availability.ts';
import { createConnection } from './connection.ts';
import { createDialect } from './dialect.ts';
import { createPool, type Pool } from './pool.ts';
import { createPoolMetrics } from './pool-metrics.ts';
import { createStatementObserver } from './statement-observer.ts';

export interface PostgresOptions {
  /** See `parsePostgresUrl`. A function is called for each new connection, so that the password can be rotated. */
  url: string | (() => string);
  /** PEM with the CAs of the server's certificate. Default: those that Node trusts. */
  ca?: string | undefined;
  /** Maximum number of connections. Default: 10. */
  maxConnections?: number;
  /** Time limit for getting a connection, including the wait for a free one, in milliseconds. Default: 2000. */
  connectTimeoutMs?: number;
  /** Time limit of a statement, in milliseconds. Default: 2000. */
  statementTimeoutMs?: number;
  /** How long a connection stays open without use, in milliseconds. Default: 30,000. */
  idleTimeoutMs?: number;
  /** How long a connection stays open in all, in milliseconds. Default: 30 minutes. */
  maxLifetimeMs?: number;
  /** Statements that take at least this long, in milliseconds, are logged. 0 logs none. Default: 200. */
  slowQueryMs?: number;
  /** The name of this program in the server's `pg_stat_activity`. */
  applicationName: string;
}

export interface PostgresDependencies {
  metrics: Metrics;
  logger: PostgresLogger;
  /** Default: the tracer registered with OpenTelemetry's API, if there is one. */
  tracer?: Tracer | undefined;
}

/** A PostgreSQL database. Connections are opened when they are needed. */
export interface Postgres {
  /**
   * Returns a query builder for the tables that `Tables` describes. Every statement is traced, measured and subject to the
   * time limits. Pass `{ signal }` to `execute` to end a statement with the request that needs it.
   *
   * @throws PostgresError from each statement.
   */
  database<Tables>(): Kysely<Tables>;
  /** Kysely's template for SQL that the builder cannot express. Values become parameters. */
  readonly sql: typeof sql;
  /** Resolves if the server responds, or has just responded to another statement. */
  ping(signal?: AbortSignal): Promise<void>;
  /** Waits for the statements in progress, at most until the signal aborts, and closes all connections. */
  close(signal?: AbortSignal): Promise<void>;
}

/** How recent a response of the server must be, in milliseconds, for `ping` not to send a statement. */
const RECENT_MS = 1_000;

export function createPostgres(options: PostgresOptions, { metrics, logger, tracer }: PostgresDependencies): Postgres {
  const {
    maxConnections = 10,
    connectTimeoutMs = 2_000,
    statementTimeoutMs = 2_000,
    idleTimeoutMs = 30_000,
    maxLifetimeMs = 1_800_000,
    slowQueryMs = 200,
    ...target
  } = options;
  const availability = createAvailability(logger);
  const observe = createStatementObserver({ slowQueryMs }, { metrics, logger, tracer });
  const pool: Pool = createPool(
    { ...target, maxConnections, connectTimeoutMs, statementTimeoutMs, idleTimeoutMs, maxLifetimeMs },
    {
      availability,
      metrics: createPoolMetrics(
        { maxConnections },
        { metrics, state: () => ({ available: availability.available, counts: pool.counts }) },
      ),
    },
  );
  const dialect = createDialect(async () =>
    createConnection(await pool.acquire(), { statementTimeoutMs }, { observe, availability, pool }),
  );
  const database = new Kysely<unknown>({ dialect });

  return {
    database: <Tables>() => database as Kysely<Tables>,
    sql,
    async ping(signal) {
      const startedAt = performance.now();
      if (availability.available && availability.respondedSince(startedAt - RECENT_MS)) return;
      try {
        await sql`SELECT 1`.execute(database, { signal });
      } catch (error) {
        // All connections are in use, but the server responds.
        if (!availability.respondedSince(startedAt)) throw error;
      }
    },
    close: pool.close,
  };
}
