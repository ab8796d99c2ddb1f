import { ConfigError } from '../../pkg/config/config-error.ts';
import { readTextFile } from '../../pkg/config/text-file.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { createPostgres, type Postgres } from '../../pkg/postgres/postgres.ts';
import { createUrlSource } from '../../pkg/postgres/url-source.ts';
import type { Connection } from '../app/integration.ts';
import type { Configuration } from '../config/config.ts';

export interface ConnectDependencies {
  metrics: Metrics;
  logging: Logging;
}

/** Connects the service to its database, and makes it unready while the database is unavailable. */
export function connect(configuration: Configuration, { metrics, logging }: ConnectDependencies): Connection<Postgres> {
  const { current, secretFile } = configuration;
  const { url, caFile, enabled: _, ...options } = current.postgres;
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
      health.add({ name: 'postgres', kind: 'required', check: (signal) => postgres.ping(signal) });
      return [];
    },
  };
}

function readCa(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const key = 'postgres.caFile';
  const read = readTextFile(file);
  if ('failure' in read) throw new ConfigError([{ key, origin: file, expected: `a readable file (${read.failure})` }]);
  // Node treats an empty string as absent: with a truncated file it would trust its default authorities.
  if (!read.text.includes('-----BEGIN ')) throw new ConfigError([{ key, origin: file, expected: 'a PEM file' }]);
  return read.text;
}
