import {
  AbortedTransactionError,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import type { Connection } from './connection.ts';

/** Connects Kysely with the pool. Its own driver would return broken connections to the pool. */
export function createDialect(acquire: () => Promise<Connection>): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createDriver: () => createDriver(acquire),
  };
}

function createDriver(acquire: () => Promise<Connection>): Driver {
  const connections = new WeakMap<DatabaseConnection, Connection>();

  async function command(connection: DatabaseConnection, sql: string): Promise<string | undefined> {
    return connections.get(connection)?.command(sql);
  }

  return {
    async init() {},
    async acquireConnection({ signal } = {}) {
      try {
        const connection = await acquire();
        connections.set(connection, connection);
        return connection;
      } catch (error) {
        // Kysely has rejected with the signal's reason, and would print this error.
        if (signal?.aborted) return noConnection;
        throw error;
      }
    },
    async beginTransaction(connection, settings) {
      await command(connection, beginStatement(settings));
    },
    async commitTransaction(connection) {
      // The code of the transaction has ignored that a statement failed, so the server rolls back.
      if ((await command(connection, 'COMMIT')) === 'ROLLBACK') throw new AbortedTransactionError();
    },
    async rollbackTransaction(connection) {
      // The server ends the transaction of a broken connection itself.
      if (connections.get(connection)?.broken === false) await command(connection, 'ROLLBACK');
    },
    async releaseConnection(connection) {
      connections.get(connection)?.release();
    },
    async destroy() {},
  };
}

function beginStatement({ isolationLevel, accessMode }: TransactionSettings): string {
  return [
    'BEGIN',
    ...(isolationLevel === undefined ? [] : [`ISOLATION LEVEL ${isolationLevel.toUpperCase()}`]),
    ...(accessMode === undefined ? [] : [accessMode.toUpperCase()]),
  ].join(' ');
}

/** Stands for the connection that nobody waits for any more. */
const noConnection: DatabaseConnection = {
  executeQuery: async () => ({ rows: [] }),
  async *streamQuery() {},
};
