import type { IncomingMessage } from 'node:http';

/** Whether the headers announce a body (RFC 9112 §6.3). A body of zero bytes counts as none. */
export function declaresBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : Number(length) !== 0;
}
