import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * Returns the subject of the client's certificate, as `CN=client,O=example` (RFC 4514, but in the order of the certificate;
 * Node separates the parts by line breaks). Undefined without TLS, without a certificate, and for a certificate that is
 * not signed by one of the server's authorities.
 */
export function peerSubject(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate()?.subject.replaceAll('\n', ',');
}
