import { Client } from 'pg';
import { parsePostgresUrl } from '../address.ts';
import { connectionConfig } from '../connection-config.ts';
import { connectionError } from '../errors.ts';
import type { Query } from './applied.ts';

export interface SessionOptions {
  /** See `parsePostgresUrl`. */
  readonly url: string;
  /** PEM with the CAs of the server's certificate. Default: those that Node trusts. */
  readonly ca?: string | undefined;
  readonly connectTimeoutMs: number;
  /** The name of this program in the server's `pg_stat_activity`. */
  readonly applicationName: string;
}

/** One connection to PostgreSQL, for what belongs to a session: advisory locks, and settings such as `lock_timeout`. */
export interface Session {
  readonly query: Query;
  close(): Promise<void>;
}

/**
 * Connects to a server, without limits on the duration of a statement. A pooler that shares connections between
 * transactions, such as PgBouncer in transaction mode, has no sessions: the address must be that of the server.
 *
 * @throws PostgresError if there is no connection.
 */
export async function openSession({ url, connectTimeoutMs, ...options }: SessionOptions): Promise<Session> {
  const client = new Client({
    ...connectionConfig({ address: parsePostgresUrl(url), ...options }),
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // A broken connection also rejects the query in progress, or the next one.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw connectionError(error);
  }
  return {
    query: (text, values) => client.query(text, values),
    close: () => client.end(),
  };
}
