import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * Whom the client's certificate names, as `CN=client,O=example` (RFC 4514, in the order of OpenSSL, which writes a line for each part); undefined
 * without TLS, without a certificate, and for one that the server's authorities do not vouch for.
 */
export function peerSubject(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate()?.subject.replaceAll('\n', ',');
}
