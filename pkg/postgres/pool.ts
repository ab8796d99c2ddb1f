import type { ConnectionOptions } from 'node:tls';
import { Client, DatabaseError, Pool as DriverPool, type PoolClient } from 'pg';
import { type PostgresAddress, parsePostgresUrl } from './address.ts';
import type { Availability } from './availability.ts';
import { connectionConfig, tlsOptions } from './connection-config.ts';
import { connectionError, isPostgresError, PostgresError, serverError } from './errors.ts';
import type { PoolMetrics } from './pool-metrics.ts';

export interface PoolOptions {
  url: string | (() => string);
  ca?: string | undefined;
  maxConnections: number;
  connectTimeoutMs: number;
  statementTimeoutMs: number;
  idleTimeoutMs: number;
  maxLifetimeMs: number;
  applicationName: string;
}

export interface PoolDependencies {
  availability: Availability;
  metrics: PoolMetrics;
}

/** A connection in use. */
export interface Lease {
  readonly client: PoolClient;
  readonly address: PostgresAddress;
  readonly tls: ConnectionOptions;
  /** Whether the server itself ends statements at the time limit. */
  readonly isLimitedByServer: boolean;
  /** Returns the connection to the pool, or closes it if it is broken. */
  release(options: { broken: boolean }): void;
}

export interface Pool {
  /** @throws PostgresError */
  acquire(): Promise<Lease>;
  /** Closes all connections before their next use, because the server may have changed. */
  renew(): void;
  readonly counts: { readonly idle: number; readonly used: number; readonly pending: number };
  /** Waits until all connections have been released, at most until the signal aborts, and closes them. */
  close(signal?: AbortSignal): Promise<void>;
}

/** A transaction whose client does nothing for so long, in milliseconds, is ended, so that its locks are released. */
const IDLE_IN_TRANSACTION_MS = 10_000;

/** Minimum time between two renewals, in milliseconds, so that a server that stays read-only is not flooded. */
const RENEWAL_INTERVAL_MS = 250;

export function createPool(options: PoolOptions, { availability, metrics }: PoolDependencies): Pool {
  const { ca, maxConnections, connectTimeoutMs, idleTimeoutMs, maxLifetimeMs, applicationName } = options;
  const tls = tlsOptions(ca);
  const readUrl = typeof options.url === 'string' ? () => options.url as string : options.url;
  let url = readUrl();
  let address = parsePostgresUrl(url);
  let generation = 0;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let isRenewalDue = false;
  // A proxy such as PgBouncer may reject the parameters for it.
  let isLimitedByServer = true;
  let closed: Promise<void> | undefined;
  const states = new WeakMap<Client, Pick<Lease, 'address' | 'isLimitedByServer'> & { generation: number }>();
  const open = new Set<Client>();

  class PooledClient extends Client {
    constructor() {
      super({
        ...connectionConfig({ address, ca, applicationName }),
        ...(isLimitedByServer && {
          statement_timeout: options.statementTimeoutMs,
          idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
        }),
      });
      states.set(this, { address, isLimitedByServer, generation });
      // Without a listener, an error while the connection is in use would end the process. Its statement fails anyway.
      this.on('error', () => {});
    }
  }

  const pool = new DriverPool({
    Client: PooledClient,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    maxLifetimeSeconds: maxLifetimeMs / 1000,
  });
  pool.on('connect', (client) => open.add(client));
  pool.on('remove', (client) => open.delete(client));
  // An idle connection broke. If the server is unavailable, the next attempt to connect shows it.
  pool.on('error', () => {});

  /** Applies a new URL, if there is one. */
  function followUrl(): void {
    const next = readUrl();
    if (next === url) return;
    address = parsePostgresUrl(next);
    url = next;
    generation += 1;
  }

  function renewIfDue(): void {
    if (!isRenewalDue || performance.now() - renewedAt < RENEWAL_INTERVAL_MS) return;
    isRenewalDue = false;
    renewedAt = performance.now();
    generation += 1;
  }

  async function connect(): Promise<PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      if (isLimitedByServer && isUnsupportedParameter(error)) {
        isLimitedByServer = false;
        return connect();
      }
      throw toAcquireError(error, connectTimeoutMs);
    }
  }

  function leaseOf(client: PoolClient): Lease | undefined {
    const state = states.get(client as Client);
    if (state === undefined || state.generation !== generation) {
      destroy(client);
      return undefined;
    }
    return {
      client,
      address: state.address,
      tls,
      isLimitedByServer: state.isLimitedByServer,
      release({ broken }) {
        if (broken || state.generation !== generation) destroy(client);
        else client.release();
      },
    };
  }

  return {
    async acquire() {
      const startedAt = performance.now();
      const stopWaiting = metrics.waiting();
      try {
        followUrl();
        renewIfDue();
        for (;;) {
          const lease = leaseOf(await connect());
          if (lease !== undefined) return lease;
        }
      } catch (error) {
        if (isPostgresError(error)) {
          availability.failed(error, startedAt);
          if (isPostgresError(error, 'POSTGRES_POOL_TIMEOUT')) metrics.timedOut();
        }
        throw error;
      } finally {
        stopWaiting();
      }
    },
    renew() {
      isRenewalDue = true;
      renewIfDue();
    },
    get counts() {
      const { totalCount, idleCount, waitingCount } = pool;
      return { idle: idleCount, used: totalCount - idleCount, pending: waitingCount };
    },
    async close(signal) {
      const { promise: aborted, resolve: stopWaiting } = Promise.withResolvers<void>();
      const onAbort = () => {
        for (const client of open) socketOf(client).destroy();
        stopWaiting();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      closed ??= pool.end();
      if (signal?.aborted) onAbort();
      await Promise.race([closed, aborted]);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** Closes a connection at once. The driver would first send a message, which never ends if the network is cut. */
function destroy(client: PoolClient): void {
  socketOf(client).destroy();
  client.release(true);
}

function socketOf(client: object): { destroy(): void } {
  return (client as Client).connection.stream;
}

function isUnsupportedParameter(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '08P01' && /startup parameter/.test(error.message);
}

function toAcquireError(error: unknown, connectTimeoutMs: number): PostgresError {
  if (error instanceof DatabaseError && error.code !== undefined) {
    return serverError({ message: error.message, sqlState: error.code });
  }
  const message = error instanceof Error ? error.message : '';
  // Messages of pg-pool. The first one means that no connection became free, or that it connected too slowly.
  if (message === 'timeout exceeded when trying to connect') {
    const what = `no connection became free within ${connectTimeoutMs} ms`;
    return new PostgresError(what, { code: 'POSTGRES_POOL_TIMEOUT' });
  }
  if (message === 'Connection terminated due to connection timeout') {
    return new PostgresError(`no connection within ${connectTimeoutMs} ms`, { code: 'POSTGRES_UNAVAILABLE' });
  }
  return connectionError(error);
}
