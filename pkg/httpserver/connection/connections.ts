import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Exchanges } from '../exchange/exchanges.ts';
import { replaceIdleClosing } from './node/idle-connections.ts';
import { followHandshakes } from './node/tls-handshakes.ts';

export interface EvictionOptions {
  /** Beyond this number of connections, one is closed for each new one. 0: never. */
  evictOver: number;
  onEvicted(): void;
}

export interface Connections {
  /** Closes the connection if, in the next turn, it is waiting for a request or has not sent anything yet. */
  closeIfIdle(socket: Socket): void;
  /** Closes all remaining connections. Their exchanges count as aborted by the shutdown. */
  closeAll(): void;
}

/**
 * Follows the connections of a server: evicts one if there are too many, and closes idle ones when the server closes. A
 * connection that becomes idle later must be closed with {@link Connections.closeIfIdle}.
 */
export function followConnections(
  server: Server,
  exchanges: Exchanges,
  { evictOver, onEvicted }: EvictionOptions,
): Connections {
  const sockets = new Set<Socket>();
  const handshakes = followHandshakes(server);

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  }

  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', keep);
  server.on('connection', () => {
    if (evictOver > 0 && sockets.size + handshakes.size > evictOver) evict();
  });

  /**
   * Closes the oldest connection without a complete request, or else the oldest one. A probe survives, because it is
   * short.
   */
  function evict(): void {
    const busy = new Set(exchanges.open.filter(({ request }) => request.complete).map(({ request }) => request.socket));
    const [oldest] = [...handshakes, ...sockets];
    ([...handshakes][0] ?? [...sockets].find((socket) => !busy.has(socket)) ?? oldest)?.destroy();
    onEvicted();
  }

  function closeIfIdle(socket: Socket): void {
    // After its last response the connection closes by itself, gracefully.
    if (exchanges.isIdle(socket) && !exchanges.isOver(socket)) socket.destroy();
  }

  replaceIdleClosing(server, () => {
    for (const socket of handshakes) socket.destroy();
    for (const socket of sockets) closeIfIdle(socket);
  });

  return {
    closeIfIdle: (socket) => void setImmediate(closeIfIdle, socket),
    closeAll() {
      for (const exchange of exchanges.open) exchange.abortReason = 'shutdown';
      server.closeAllConnections();
    },
  };
}
