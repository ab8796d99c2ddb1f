import type { Server } from 'node:http';
import type { Socket } from 'node:net';
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
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    closeSilent() {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    },
    closeIdle: () => server.closeIdleConnections(),
    cut() {
      for (const exchange of exchanges.open) exchange.abortReason = 'shutdown';
      server.closeAllConnections();
    },
  };
}
