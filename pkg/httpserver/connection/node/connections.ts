import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type TLSSocket, Server as TlsServer } from 'node:tls';
import type { Exchanges } from '../../exchange/exchange.ts';

export interface EvictionOptions {
  /** With more connections than this, one is closed for each that opens. 0: never. */
  evictOver: number;
  onEvicted(): void;
}

export interface Connections {
  /** Closes it if it waits for a next request, or has not sent anything yet. */
  closeIfIdle(socket: Socket): void;
  /** Cuts every connection that is left. Their exchanges count as aborted by the shutdown. */
  cut(): void;
}

/**
 * Replaces what `server.close()` asks for the connections to close at once. Node's own answer leaves open those that have
 * not sent anything yet; and it names those whose answer the handler has finished, sent or not: a large body to a slow
 * reader and answers that wait behind another one would be cut. One that becomes idle later is its owner's to close.
 */
export function followConnections(
  server: Server,
  exchanges: Exchanges,
  { evictOver, onEvicted }: EvictionOptions,
): Connections {
  const sockets = new Set<Socket>();
  const handshakes = new Map<string, Socket>();
  const isTls = server instanceof TlsServer;

  server.on('connection', (socket) => {
    if (isTls) keepHandshake(socket);
    else keep(socket);
    if (evictOver > 0 && sockets.size + handshakes.size > evictOver) evict();
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

  /** The oldest one that has not sent a whole request, else the oldest: a probe, which comes and goes, outlives them. */
  function evict(): void {
    const busy = new Set(exchanges.open.filter(({ request }) => request.complete).map(({ request }) => request.socket));
    const [oldest] = [...handshakes.values(), ...sockets];
    ([...handshakes.values()][0] ?? [...sockets].find((socket) => !busy.has(socket)) ?? oldest)?.destroy();
    onEvicted();
  }

  function closeIfIdle(socket: Socket): void {
    // After its last answer it closes by itself, gently.
    if (exchanges.isIdle(socket) && !exchanges.isOver(socket)) socket.destroy();
  }

  server.closeIdleConnections = () => {
    for (const socket of handshakes.values()) socket.destroy();
    for (const socket of sockets) closeIfIdle(socket);
  };

  return {
    closeIfIdle,
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
