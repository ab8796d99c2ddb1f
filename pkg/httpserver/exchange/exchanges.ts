import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { attachExchange, type Exchange, exchangeOf, type Outcome, type ServerSpan } from './exchange.ts';
import { requestIdFrom } from './request-id.ts';
import type { Route } from './route.ts';

export interface ExchangesOptions {
  scheme: 'http' | 'https';
  unmatched(method: string): Route;
  /** Whether the target is a probe. The route is not known yet when the span starts. */
  isProbe(target: string): boolean;
  /** Starts the span of a request, if it is traced. Undefined: requests are not traced. */
  startSpan: ((request: IncomingMessage) => ServerSpan | undefined) | undefined;
  /** Called once per exchange, when the response is sent, or waits to be sent with the next one, or the connection is lost. */
  onEnd(exchange: Exchange, outcome: Outcome): void;
}

export interface Exchanges {
  start(request: IncomingMessage, response: ServerResponse): Exchange;
  /** In no particular order. */
  readonly open: readonly Exchange[];
  /** Resolves when no exchange is open: each has been counted and logged. */
  settled(): Promise<void>;
  /**
   * Makes this the last exchange of its connection. Returns false if a later request was already read, which then is
   * the last one.
   */
  makeLast(exchange: Exchange): boolean;
  /** Whether the last exchange of the connection has started: later requests must not be processed (RFC 9112 §9.6). */
  isOver(socket: Socket): boolean;
  /** Whether the connection is waiting for a request: all responses are sent, and no byte has arrived since. */
  isIdle(socket: Socket): boolean;
}

const kNewest = Symbol('newest open exchange');
const kOver = Symbol('over');
const kBytesRead = Symbol('bytes read when the newest exchange ended');

type FollowedSocket = Socket & { [kNewest]?: Exchange | undefined; [kOver]?: true; [kBytesRead]?: number };

/**
 * Keeps track of every exchange of a server. Each ends with one `close` event, because Fastify's own hooks miss a
 * client that disconnects after its body was read, and a request that fails before routing.
 */
export function createExchanges({ scheme, unmatched, isProbe, startSpan, onEnd }: ExchangesOptions): Exchanges {
  // An array whose gaps are filled from its end, not a Set: V8 rehashes the table of a Set again and again as members
  // come and go. Discarded tables in the old generation keep their members, with requests and responses, alive until the
  // next full collection. Measured: a third of the CPU went into those collections.
  const open: Exchange[] = [];
  const waiting: (() => void)[] = [];

  function forget(exchange: Exchange, index: number): void {
    const last = open.pop();
    if (last !== undefined && last !== exchange) {
      open[index] = last;
      last.index = index;
    }
    exchange.index = undefined;
  }

  function onClose(this: ServerResponse): void {
    const exchange = exchangeOf(this);
    if (exchange?.index === undefined) return;
    forget(exchange, exchange.index);
    const socket: FollowedSocket = exchange.request.socket;
    if (socket[kNewest] === exchange) socket[kNewest] = undefined;
    socket[kBytesRead] = socket.bytesRead;
    onEnd(exchange, outcomeOf(exchange));
    if (open.length === 0) for (const resolve of waiting.splice(0)) resolve();
  }

  return {
    open,
    settled: () => (open.length === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    makeLast(exchange) {
      const socket: FollowedSocket = exchange.request.socket;
      if (socket[kNewest] !== exchange) return false;
      socket[kOver] = true;
      return true;
    },
    isOver: (socket: FollowedSocket) => socket[kOver] === true,
    isIdle(socket: FollowedSocket) {
      return socket[kNewest] === undefined && socket.bytesRead === (socket[kBytesRead] ?? 0);
    },
    start(request, response) {
      const socket: FollowedSocket = request.socket;
      const id = requestIdFrom(request.headers['x-request-id']);
      const exchange: Exchange = {
        id,
        startedAt: performance.now(),
        request,
        response,
        scheme,
        serverSpan: startSpan && !isProbe(request.url ?? '') ? startSpan(request) : undefined,
        clientAddress: socket.remoteAddress ?? '',
        route: unmatched(request.method ?? ''),
        reply: undefined,
        isSending: false,
        slot: undefined,
        client: undefined,
        arrival: undefined,
        bodyMemory: 0,
        bodyBytes: 0,
        headerLines: `x-request-id: ${id}\r\n`,
        index: open.length,
      };
      attachExchange(exchange);
      socket[kNewest] = exchange;
      open.push(exchange);
      response.on('close', onClose);
      return exchange;
    },
  };
}

function outcomeOf(exchange: Exchange): Outcome {
  const { request, response, startedAt, bodyBytes, streamedFrom, abortReason, rawStatus } = exchange;
  const durationMs = performance.now() - startedAt;
  const bytes = streamedFrom === undefined ? bodyBytes : request.socket.bytesWritten - streamedFrom;
  if (response.writableFinished) return { status: response.statusCode, durationMs, bytes };
  return {
    status: rawStatus ?? (response.headersSent ? response.statusCode : 499),
    durationMs,
    bytes: response.headersSent ? bytes : 0,
    aborted: abortReason ?? 'client',
  };
}
