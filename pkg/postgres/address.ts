/** A database server and the account to use there. */
export interface PostgresAddress {
  /** A host name, an IP address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Whether to use TLS. The server's certificate and host name are verified then. */
  readonly tls: boolean;
}

/** Thrown for an invalid URL. The message does not contain the URL, which has a password. */
export class PostgresUrlError extends Error {
  readonly code = 'POSTGRES_URL';

  constructor(reason: string) {
    super(`invalid database URL: ${reason}`);
    this.name = 'PostgresUrlError';
  }
}

const DEFAULT_PORT = 5432;

/** Whether each `sslmode` of libpq uses TLS. Those that fall back to a plain connection are not supported. */
const TLS_BY_SSLMODE: Readonly<Record<string, boolean>> = {
  disable: false,
  require: true,
  'verify-ca': true,
  'verify-full': true,
};

/**
 * Parses `postgres://user:password@host:5432/name?sslmode=verify-full`. User, password and name are percent-encoded. The
 * parameter `host` with the folder of a Unix socket replaces the host.
 *
 * @throws PostgresUrlError
 */
export function parsePostgresUrl(text: string): PostgresAddress {
  const url = URL.parse(text);
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    throw new PostgresUrlError(
      'expected postgres://user:password@host:5432/name, with percent-encoded special characters',
    );
  }
  const unsupported = [...url.searchParams.keys()].find((name) => name !== 'sslmode' && name !== 'host');
  if (unsupported !== undefined) throw new PostgresUrlError(`the parameter ${unsupported} is not supported`);

  const user = decode(url.username, 'user');
  const host = url.searchParams.get('host') ?? decode(url.hostname.replace(/^\[(.+)\]$/, '$1'), 'host');
  if (user === '') throw new PostgresUrlError('it has no user');
  if (host === '') throw new PostgresUrlError('it has no host');
  const sslmode = url.searchParams.get('sslmode') ?? 'disable';
  const tls = TLS_BY_SSLMODE[sslmode];
  if (tls === undefined) throw new PostgresUrlError('sslmode must be verify-full or disable');
  return {
    host,
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    user,
    password: decode(url.password, 'password'),
    database: decode(url.pathname.slice(1), 'database name') || user,
    tls: tls && !isSocketFolder(host),
  };
}

/** Returns whether no network connects this process with the server. */
export function isLocalAddress({ host }: Pick<PostgresAddress, 'host'>): boolean {
  return isSocketFolder(host) || /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host);
}

function isSocketFolder(host: string): boolean {
  return host.startsWith('/');
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new PostgresUrlError(`the ${what} is not percent-encoded`);
  }
}
