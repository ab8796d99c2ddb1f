import { describeError } from '../../errors/describe-error.ts';

const REASONS: Record<string, string> = {
  EADDRINUSE: 'the address is already in use',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user may not listen there',
  ENOTFOUND: 'the host name is unknown',
};

/** A listener that could not be opened. The message names the address and its configuration keys. */
export class ListenError extends Error {
  readonly code = 'listen_failed';

  constructor(listener: string, host: string, port: number, cause: unknown) {
    const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = REASONS[errno] ?? describeError(cause);
    const address = host.includes(':') ? `[${host}]` : host;
    super(`cannot listen on ${address}:${port} (${listener}.host, ${listener}.port): ${reason}`, { cause });
    this.name = 'ListenError';
  }
}
