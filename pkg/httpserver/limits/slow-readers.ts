import type { Socket } from 'node:net';
import type { Exchange, Exchanges } from '../exchange/exchange.ts';

export interface SlowReadersOptions {
  /** How long a client may take to read what is ready for it, in milliseconds, before its rate counts. 0: no limit. */
  writeTimeoutMs: number;
  /** Bytes per second that it must then have read on average. At least one byte is always expected. */
  minDataRate: number;
}

export interface SlowReadersDependencies {
  exchanges: Exchanges;
  /** Called, possibly more than once, for an exchange whose response is only held up by its client. */
  onHeldUp(exchange: Exchange): void;
}

/** Since when a connection has had something to send that its client does not read, and what it had sent then. */
interface Stall {
  since: number;
  sent: number;
}

/**
 * Cuts the connections of clients that do not read their responses. A stream that has nothing to send is left alone.
 *
 * @returns looks at all exchanges at `now`, of `performance.now()`.
 */
export function createSlowReaderWatch(
  { writeTimeoutMs, minDataRate }: SlowReadersOptions,
  { exchanges, onHeldUp }: SlowReadersDependencies,
): (now: number) => void {
  const leastBytes = Math.max(1, (minDataRate * writeTimeoutMs) / 1000);
  let stalls = new Map<Socket, Stall>();

  return (now) => {
    const still = new Map<Socket, Stall>();
    const slow = new Set<Socket>();
    for (const exchange of exchanges.open) {
      const { response, request } = exchange;
      if (!response.headersSent) continue;
      const { socket } = request;
      const waits = socket.writableLength > 0;
      if (waits || response.writableEnded) onHeldUp(exchange);
      // Of pipelined requests, one speaks for the connection.
      if (!waits || writeTimeoutMs === 0 || still.has(socket)) continue;
      const sent = bytesSent(socket);
      const stall = stalls.get(socket) ?? { since: now, sent };
      const isOver = now - stall.since >= writeTimeoutMs;
      if (isOver && sent - stall.sent < leastBytes) slow.add(socket);
      still.set(socket, isOver ? { since: now, sent } : stall);
    }
    stalls = still;
    for (const exchange of exchanges.open) if (slow.has(exchange.request.socket)) exchange.abortReason = 'slow_reader';
    for (const socket of slow) socket.destroy();
  };
}

interface Handle {
  bytesWritten: number;
  writeQueueSize: number;
  /** Of a TLS connection: the connection below it. */
  _parent?: Handle;
}

/**
 * Bytes that the operating system has taken. `socket.bytesWritten` also counts what waits within Node, so it does not
 * tell whether the client reads; and of a write that is under way nothing but the handle knows how far it has come.
 */
function bytesSent(socket: Socket & { _handle?: Handle | null }): number {
  const handle = socket._handle?._parent ?? socket._handle;
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}
