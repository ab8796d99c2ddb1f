import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type TLSSocket, Server as TlsServer } from 'node:tls';

/**
 * Follows the connections of a TLS server whose handshake is not complete. With TLS a connection is two sockets: Node
 * emits `connection` with one and `secureConnection` with the other, and nothing public links them
 * (https://github.com/nodejs/help/issues/1321). They are matched by the address of the peer.
 *
 * @returns the sockets, oldest first. Empty for a server without TLS.
 */
export function followHandshakes(server: Server): Iterable<Socket> & { readonly size: number } {
  const handshakes = new Map<string, Socket>();

  if (server instanceof TlsServer) {
    server.on('connection', (socket) => {
      const peer = peerOf(socket);
      handshakes.set(peer, socket);
      socket.once('close', () => {
        if (handshakes.get(peer) === socket) handshakes.delete(peer);
      });
    });
    server.on('secureConnection', (socket: TLSSocket) => handshakes.delete(peerOf(socket)));
  }

  return {
    get size() {
      return handshakes.size;
    },
    [Symbol.iterator]: () => handshakes.values(),
  };
}

/** Identifies a connection of one server while it is open. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/**
 * Whether the TLS handshake of the connection is not complete. Node also reports a failed handshake as `clientError`
 * (lib/https.js re-emits `tlsClientError`), although there was no request and no response can be sent.
 */
export function isInHandshake(socket: Socket): boolean {
  return 'secureConnecting' in socket && socket.secureConnecting === true;
}
