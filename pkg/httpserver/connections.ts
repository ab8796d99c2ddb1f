import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type TLSSocket, Server as TlsServer } from 'node:tls';
import type { Exchanges } from './exchange.ts';

export interface Connections {
  /** Closes those that have sent nothing yet; the rest end with their answers. */
  closeSilent(): void;
  /** Closes those that wait for a next request. Harmless at any time after the server was told to close. */
  closeIdle(): void;
  /** Cuts every connection that is left. Their exchanges count as aborted by the shutdown. */
  cut(): void;
}

/**
 * What `server.close()` leaves open: Node closes the connections that are idle at that moment, but neither one that
 * becomes idle afterwards nor one that has not sent anything yet, and then waits for their time-outs.
 */
export function followConnections(server: Server, exchanges: Exchanges): Connections {
  const sockets = new Set<Socket>();
  const handshakes = new Map<string, Socket>();
  const isTls = server instanceof TlsServer;

  server.on('connection', (socket) => {
    if (isTls) keepHandshake(socket);
    else keep(socket);
  });
  // With TLS a connection is two sockets, one in the other: the inner one is known when the handshake is over.
  server.on('secureConnection', (socket: TLSSocket) => {
    handshakes.delete(peerOf(socket));
    keep(socket);
  });

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  }
  function keepHandshake(socket: Socket): void {
    const peer = peerOf(socket);
    handshakes.set(peer, socket);
    socket.once('close', () => {
      if (handshakes.get(peer) === socket) handshakes.delete(peer);
    });
  }

  return {
    closeSilent() {
      for (const socket of handshakes.values()) socket.destroy();
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    },
    closeIdle: () => server.closeIdleConnections(),
    cut() {
      for (const exchange of exchanges.open) exchange.abortReason = 'shutdown';
      server.closeAllConnections();
    },
  };
}

/** Tells the connections of one server apart while they are open. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
