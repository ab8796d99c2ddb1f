import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * Returns the subject of the client's certificate, such as `CN=client,O=example` (like RFC 4514, but in the order of
 * the certificate; Node separates its elements by line breaks). Returns undefined without TLS, without a certificate,
 * and for one that is not signed by the server's authorities.
 */
export function peerSubject(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate()?.subject.replaceAll('\n', ',');
}
