import { join } from 'node:path';
import { pino } from 'pino';
import { migrate } from '../../../pkg/postgres/migrations/migrate.ts';
import { readMigrations } from '../../../pkg/postgres/migrations/migration.ts';
import { openSession } from '../../../pkg/postgres/migrations/session.ts';
import { type PostgresServer, type SomePostgresOptions, somePostgres } from './some-postgres.ts';

const migrations = readMigrations(join(import.meta.dirname, '../../../migrations'));

/** Starts PostgreSQL with the tables of this service: all migrations are applied. */
export async function migratedPostgres(options?: SomePostgresOptions): Promise<PostgresServer> {
  const server = await somePostgres(options);
  const { signal } = new AbortController();
  const session = await openSession({ url: server.url, connectTimeoutMs: 10_000, applicationName: 'test' });
  try {
    const limits = { waitTimeoutMs: 10_000, lockTimeoutMs: 10_000, signal };
    await migrate({ migrations, ...limits }, { query: session.query, logger: pino({ level: 'silent' }) });
  } finally {
    await session.close();
  }
  return server;
}
