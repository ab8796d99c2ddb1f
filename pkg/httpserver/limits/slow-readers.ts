import type { Socket } from 'node:net';
import { bytesSent } from '../connection/node/bytes-sent.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Exchanges } from '../exchange/exchanges.ts';

export interface SlowReadersOptions {
  /** How long a client may take to read pending data before its rate is checked, in milliseconds. 0: no limit. */
  writeTimeoutMs: number;
  /** Average rate in bytes per second that is required after that. At least one byte is always required. */
  minDataRate: number;
}

export interface SlowReadersDependencies {
  exchanges: Exchanges;
  /** Called, possibly more than once, for an exchange whose response only waits for its client. */
  onHeldUp(exchange: Exchange): void;
}

/** When a connection was first seen with data that its client does not read, and the number of bytes sent by then. */
interface Stall {
  since: number;
  sent: number;
}

/**
 * Closes the connections of clients that do not read their responses. A stream with nothing to send is left alone.
 *
 * @returns a function that checks all exchanges at `now` (`performance.now()`).
 */
export function createSlowReaderWatch(
  { writeTimeoutMs, minDataRate }: SlowReadersOptions,
  { exchanges, onHeldUp }: SlowReadersDependencies,
): (now: number) => void {
  const minBytes = Math.max(1, (minDataRate * writeTimeoutMs) / 1000);
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
      // Pipelined requests share a connection: check it once.
      if (!waits || writeTimeoutMs === 0 || still.has(socket)) continue;
      const sent = bytesSent(socket);
      const stall = stalls.get(socket) ?? { since: now, sent };
      const isOver = now - stall.since >= writeTimeoutMs;
      if (isOver && sent - stall.sent < minBytes) slow.add(socket);
      still.set(socket, isOver ? { since: now, sent } : stall);
    }
    stalls = still;
    for (const exchange of exchanges.open) if (slow.has(exchange.request.socket)) exchange.abortReason = 'slow_reader';
    for (const socket of slow) socket.destroy();
  };
}
