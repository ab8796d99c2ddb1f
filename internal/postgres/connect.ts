import { join } from 'node:path';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { readMigrations } from '../../pkg/postgres/migrations/migration.ts';
import { createSchemaCheck, queryOf } from '../../pkg/postgres/migrations/schema-check.ts';
import { createPostgres, type Postgres } from '../../pkg/postgres/postgres.ts';
import { createUrlSource } from '../../pkg/postgres/url-source.ts';
import type { Connection } from '../app/integration.ts';
import type { Configuration } from '../config/config.ts';
import { readCa } from './ca.ts';

/** In the production build, this file is part of a bundle that is as deep in its folder. */
const MIGRATIONS = join(import.meta.dirname, '../../migrations');

export interface ConnectDependencies {
  metrics: Metrics;
  logging: Logging;
}

/**
 * Connects the service to its database, and makes it unready while the database is unavailable or has a schema that this
 * release cannot use.
 */
export function connect(configuration: Configuration, { metrics, logging }: ConnectDependencies): Connection<Postgres> {
  const { current, secretFile } = configuration;
  const { url, caFile, enabled: _, migrations: __, ...options } = current.postgres;
  // Cannot happen: a rule of the configuration rejects it.
  if (url === undefined) throw new Error('postgres.enabled is true, but postgres.url is not set');
  const logger = logging.component('postgres');
  const file = secretFile('postgres.url');
  const source = createUrlSource(
    { url, file },
    {
      onRejected: (error) =>
        logger.error({ err: error, file }, 'rejected the database URL file; keeping the previous URL'),
    },
  );
  const postgres = createPostgres(
    { ...options, url: source.current, ca: readCa(caFile), applicationName: current.service.name },
    { metrics, logger },
  );
  const checkSchema = createSchemaCheck(readMigrations(MIGRATIONS), { query: queryOf(postgres.database()) });
  return {
    offer: postgres,
    components: [
      {
        name: 'postgres',
        async stop(signal) {
          source.close();
          await postgres.close(signal);
        },
      },
    ],
    announce({ health }) {
      health.add({
        name: 'postgres',
        kind: 'required',
        async check(signal) {
          await postgres.ping(signal);
          await checkSchema();
        },
      });
      return [];
    },
  };
}
