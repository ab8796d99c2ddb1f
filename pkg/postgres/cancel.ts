import { connect, isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { PostgresAddress } from './address.ts';

/** The connection whose statement to cancel, as the server identified it. */
export interface CancelKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** Time limit of the request, in milliseconds. */
const LIMIT_MS = 2_000;

const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;

/**
 * Asks the server to cancel the statement that a connection executes. Never fails: the server does not say whether it did.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function requestCancel(
  { processId, secretKey }: CancelKey,
  { host, port, tls }: PostgresAddress,
  tlsOptions: ConnectionOptions,
): void {
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.setTimeout(LIMIT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  const message = words(CANCEL_REQUEST, processId, secretKey);
  if (!tls) {
    socket.end(message);
    return;
  }
  socket.write(words(SSL_REQUEST));
  socket.once('data', (response) => {
    if (String(response) !== 'S') {
      socket.destroy();
      return;
    }
    const encrypted = connectTls({ ...tlsOptions, socket, host, ...(isIP(host) === 0 && { servername: host }) });
    encrypted.on('error', () => socket.destroy());
    encrypted.end(message);
  });
}

/** A message of big-endian 32-bit integers, preceded by its length. */
function words(...values: readonly number[]): Buffer {
  const message = Buffer.alloc(4 * (values.length + 1));
  message.writeUInt32BE(message.length);
  for (const [index, value] of values.entries()) message.writeInt32BE(value | 0, 4 * (index + 1));
  return message;
}
