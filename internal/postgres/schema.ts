import { boolean, integer, string } from '../../pkg/config/formats.ts';
import { duration } from '../../pkg/config/quantities.ts';
import type { Rule } from '../../pkg/config/resolve.ts';
import { notFrom } from '../../pkg/config/schema.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import { isLocalAddress, type PostgresAddress, parsePostgresUrl } from '../../pkg/postgres/address.ts';

/** Settings for the connections to PostgreSQL. */
export const postgresSchema = notFrom(['kv'], {
  enabled: {
    doc: 'Enables PostgreSQL. When false, no database is ever contacted.',
    format: boolean(),
    default: false,
  },
  url: {
    doc:
      'The database: `postgres://user:password@host:5432/name?sslmode=verify-full`. Without `sslmode`, connections are ' +
      'not encrypted. If it comes from a file, a change of the file takes effect within a second, without a restart.',
    format: string(),
    secret: true,
  },
  caFile: {
    doc: "PEM file with the certificate authorities that sign the server's certificate. Default: those that Node trusts.",
    format: string(),
  },
  maxConnections: {
    doc:
      'Maximum number of connections of this instance. All instances together must stay below `max_connections` of the ' +
      'server.',
    format: integer({ min: 1, max: 1_000 }),
    default: 10,
  },
  connectTimeout: {
    doc: 'Time limit for getting a connection, including the time that a statement waits until one is free.',
    format: duration({ min: '1ms' }),
    default: '2s',
  },
  statementTimeout: {
    doc:
      'Time limit for a statement. The server ends it; if the server does not respond, the service closes the connection ' +
      'half a second later.',
    format: duration({ min: '1ms' }),
    default: '2s',
  },
  idleTimeout: {
    doc: 'How long a connection stays open without use.',
    format: duration({ min: '1ms' }),
    default: '30s',
  },
  maxLifetime: {
    doc: 'How long a connection stays open in all, so that connections spread to a new server behind the same address.',
    format: duration({ min: '1s' }),
    default: '30m',
  },
  slowQuery: {
    doc: 'Statements that take at least this long are logged, without their values. `0s` logs none.',
    format: duration(),
    default: '200ms',
  },
  migrations: {
    lockTimeout: {
      doc:
        'How long a migration waits for a lock on a table, and so how long it can hold up other statements. It is tried five ' +
        'times.',
      format: duration({ min: '1ms' }),
      default: '2s',
    },
    waitTimeout: {
      doc: 'How long `cmd/migrate` waits for another one that applies migrations.',
      format: duration(),
      default: '1m',
    },
  },
});

export const postgresRules: readonly Rule<
  ConfigOf<{ postgres: typeof postgresSchema }> & { readonly environment: string }
>[] = [
  {
    keys: ['postgres.url', 'postgres.enabled'],
    expected: 'the URL of the database, or postgres.enabled: false',
    holds: ({ postgres }) => !postgres.enabled || postgres.url !== undefined,
  },
  {
    keys: ['postgres.url', 'postgres.enabled'],
    expected:
      'postgres://user:password@host:5432/name, with percent-encoded special characters and no parameter but sslmode',
    holds: ({ postgres }) => !postgres.enabled || postgres.url === undefined || addressOf(postgres.url) !== undefined,
  },
  {
    keys: ['postgres.url', 'environment'],
    expected: 'a URL with sslmode=verify-full in production, unless the server is on this machine',
    holds({ postgres, environment }) {
      if (environment !== 'production' || !postgres.enabled || postgres.url === undefined) return true;
      const address = addressOf(postgres.url);
      return address === undefined || address.tls || isLocalAddress(address);
    },
  },
];

function addressOf(url: string): PostgresAddress | undefined {
  try {
    return parsePostgresUrl(url);
  } catch {
    return undefined;
  }
}
