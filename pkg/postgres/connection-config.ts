import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import type { PostgresAddress } from './address.ts';

export interface ConnectionConfigOptions {
  address: PostgresAddress;
  /** PEM with the CAs of the server's certificate. Default: those that Node trusts. */
  ca?: string | undefined;
  /** The name of this program in the server's `pg_stat_activity`. */
  applicationName: string;
}

/** Time without traffic after which the kernel probes a connection, in milliseconds. */
const KEEP_ALIVE_MS = 10_000;

/** Returns the driver's options for one connection. With TLS, the certificate and the host name are verified. */
export function connectionConfig({ address, ca, applicationName }: ConnectionConfigOptions): ClientConfig {
  const { host, port, user, password, database, tls } = address;
  return {
    ...{ host, port, user, database },
    // A function, because the driver would replace an empty string by PGPASSWORD or ~/.pgpass.
    password: () => password,
    ssl: tls ? tlsOptions(ca) : false,
    application_name: applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
}

export function tlsOptions(ca: string | undefined): ConnectionOptions {
  return { ...(ca !== undefined && { ca }), rejectUnauthorized: true };
}
