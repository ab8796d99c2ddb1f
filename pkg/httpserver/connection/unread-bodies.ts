import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import type { Exchange } from '../exchange/exchange.ts';
import type { Exchanges } from '../exchange/exchanges.ts';
import { declaresBody } from './declared-body.ts';
import { closeLingering } from './node/lingering-close.ts';

export interface UnreadBodies {
  /** Adds a request whose response was sent before its body has arrived in full. Node drops the rest as it arrives. */
  add(request: IncomingMessage): void;
  /**
   * Whether such a body is still arriving on the connection. If so, no response may be sent until the next request
   * starts.
   */
  isArriving(socket: Socket): boolean;
  /** Closes connections whose bodies have not ended in time. */
  check(now: number): void;
}

/** A body of up to this many bytes is read and discarded, because that costs less than a new connection. */
const MAX_AWAITED_BYTES = 16 * 1024;
const MAX_WAIT_MS = 5000;
/** How long a client that is still sending its body may take to read the response, in milliseconds. */
const LINGER_MS = 2000;

export function createUnreadBodies(): UnreadBodies {
  const unread = new Map<IncomingMessage, number>();
  return {
    add: (request) => unread.set(request, performance.now()),
    isArriving: (socket) => [...unread.keys()].some((request) => request.socket === socket && !request.complete),
    check(now) {
      for (const [request, since] of unread) {
        if (request.complete || request.socket.destroyed) unread.delete(request);
        else if (now - since > MAX_WAIT_MS) request.socket.destroy();
      }
    },
  };
}

/** Whether the rest of the request's body is not worth waiting for once the response is sent. */
export function leavesBodyUnread(request: IncomingMessage): boolean {
  if (request.complete || !declaresBody(request)) return false;
  const { expect, 'content-length': length } = request.headers;
  return expect !== undefined || length === undefined || Number(length) > MAX_AWAITED_BYTES;
}

/** Makes this the last response of its connection, and gives a client that is still sending time to read it. */
export function closeUnread(exchange: Exchange, exchanges: Exchanges, reply: FastifyReply): void {
  reply.header('connection', 'close');
  exchanges.makeLast(exchange);
  closeLingering(exchange.request.socket, LINGER_MS);
}
