import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Server as TlsServer } from 'node:tls';
import { noteRequest, type Outbox, writeToOutbox } from './outbox.ts';

export interface GatherOptions {
  /** Maximum number of connections whose data is written together. Default 16; doubling it saves no more. */
  maxConnections?: number;
  /** How long data waits for that of other connections, in milliseconds, unless a handler keeps the process busy. Default 1. */
  maxWaitMs?: number;
}

/**
 * Writes what the server sends within one turn of the event loop at the end of that turn: each connection with a single
 * system call, and one connection after the other.
 *
 * Node normally writes each response as it is completed, and handles the next request in between. By then a client on
 * the same machine, such as a sidecar proxy, has often gone to sleep. Waking it is most of the cost of such a write:
 * without it, the service handles up to twice as many requests.
 */
export function gatherWrites(server: Server, { maxConnections = 16, maxWaitMs = 1 }: GatherOptions = {}): void {
  let waiting: Outbox[] = [];
  let since = 0;
  let scheduled = false;

  function sendAll(): void {
    const outboxes = waiting;
    waiting = [];
    for (const outbox of outboxes) outbox.send();
  }

  function endTurn(): void {
    scheduled = false;
    sendAll();
  }

  function atEndOfTurn(outbox: Outbox): void {
    const now = performance.now();
    if (waiting.length === 0) since = now;
    waiting.push(outbox);
    if (waiting.length >= maxConnections || now - since >= maxWaitMs) {
      sendAll();
    } else if (!scheduled) {
      scheduled = true;
      setImmediate(endTurn);
    }
  }

  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    writeToOutbox(socket, atEndOfTurn);
  });
  server.on('request', ({ socket }, response) => noteRequest(socket, response));
}
