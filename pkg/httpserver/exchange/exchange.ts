import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { FastifyReply } from 'fastify';
import type { Arrival } from '../body/body-reader.ts';
import type { Client } from '../clients/clients.ts';
import { closeRequest } from '../connection/node/close-request.ts';
import type { ServerSpan, ServerSpans } from '../telemetry/server-spans.ts';
import { requestIdFrom } from './request-id.ts';
import type { Route } from './route.ts';

export type AbortReason = 'client' | 'timeout' | 'shutdown' | 'slow_reader';

/** What an admitted request counts as: its body is arriving, it is being served, or its response is being read. */
export type Slot = 'arriving' | 'served' | 'sending';

/** One request and its answer, from the first parsed header to the moment the response is closed, however that ends. */
export interface Exchange {
  readonly id: string;
  /** Milliseconds, on the monotonic clock of `performance.now()`. */
  readonly startedAt: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly scheme: 'http' | 'https';
  /** Undefined for probes, and where nothing is traced. */
  readonly serverSpan: ServerSpan | undefined;
  /** The peer's socket address, or the client's where trusted proxies name it. */
  clientAddress: string;
  /** The route that Fastify found; until then, and for what matches none, the unmatched route of the method. */
  route: Route;
  /** Fastify's reply, once a route was found. */
  reply?: FastifyReply;
  /** Which limit it counts against; none for a probe and for what was rejected. */
  slot: Slot | undefined;
  /** Who sent it, once that has been looked up. */
  client: Client | undefined;
  /** Its body, while that is being read. */
  arrival: Arrival | undefined;
  /** Bytes of memory that are counted for its body. */
  bodyMemory: number;
  /** Length of the body in bytes, where it was known before it was sent. */
  bodyBytes: number;
  /** For a body sent as a stream: what the socket had written before it began. */
  streamedFrom?: number;
  /** Where it stands among the open ones; undefined when it has ended. */
  index: number | undefined;
  /** Why the answer was cut, when it was not the client who left. */
  abortReason?: AbortReason;
  /** Status that was written to the socket behind Node's back, when it was (a request that timed out half-way). */
  rawStatus?: number;
  /** Set when the first `onSend` hook is called. */
  isSending?: true;
  /** The `code` of the problem document that was the response, if it was one. */
  problem?: string;
}

export interface Outcome {
  /** Status sent; 499 (nginx's convention) when the client left before there was one. */
  status: number;
  durationMs: number;
  /** Bytes of the body; of a stream, bytes written to the connection, headers and framing included. */
  bytes: number;
  /** Set when the response did not reach its end. */
  aborted?: AbortReason;
}

export interface ExchangesOptions {
  scheme: 'http' | 'https';
  unmatched(method: string): Route;
  /** Whether a request is a probe's, told from its target alone: a span is begun before there is a route. */
  isProbe(target: string): boolean;
  spans: ServerSpans | undefined;
  /** Called once for each exchange, after the response was handed to the operating system or the connection was lost. */
  onEnd(exchange: Exchange, outcome: Outcome): void;
}

export interface Exchanges {
  begin(request: IncomingMessage, response: ServerResponse): Exchange;
  /** Undefined for a request that came in without a socket (`app.inject`). */
  of(request: IncomingMessage): Exchange | undefined;
  /** In no order. */
  readonly open: readonly Exchange[];
  /** Resolves when none is open: each has been counted and logged. */
  settled(): Promise<void>;
  /** Makes this the last exchange of its connection. False if a later request was already read: then that one is it. */
  makeLast(exchange: Exchange): boolean;
  /** Whether the last exchange of the connection has begun: what else comes must not be processed (RFC 9112 §9.6). */
  isOver(socket: Socket): boolean;
  /** Whether the connection waits for a next request: all answers are sent, and not a byte has come since. */
  isIdle(socket: Socket): boolean;
}

/** Whether the framework has begun to send a response: its `onSend` hooks have been called. */
export function hasBegunToSend(request: IncomingMessage): boolean {
  return (request as Carrier<IncomingMessage>)[kExchange]?.isSending === true;
}

/** Records the problem that a request gets as its response. */
export function noteProblem(request: IncomingMessage, code: string): void {
  const exchange = (request as Carrier<IncomingMessage>)[kExchange];
  if (exchange) exchange.problem = code;
}

const kExchange = Symbol('exchange');
const kNewest = Symbol('newest exchange that is open');
const kOver = Symbol('over');
const kBytesRead = Symbol('bytes read when the newest exchange ended');

// The record travels on Node's own objects: a WeakMap would be cleaner to look at and is slower on every request.
type Carrier<T> = T & { [kExchange]?: Exchange };
type FollowedSocket = Socket & { [kNewest]?: Exchange | undefined; [kOver]?: true; [kBytesRead]?: number };

/**
 * Keeps track of every exchange of a server. One `close` event ends each of them: Fastify's own hooks miss the client
 * that leaves after its body was read, and a request that fails before routing.
 */
export function createExchanges({ scheme, unmatched, isProbe, spans, onEnd }: ExchangesOptions): Exchanges {
  // An array with holes filled from its end, not a Set: V8's hash table, rehashed again and again while members come and
  // go, leaves dead tables in the old generation that hold the members of that moment, their requests and responses
  // with them, until the next full collection. Measured: a third of the CPU went into collecting those.
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

  function onClose(this: Carrier<ServerResponse>): void {
    const exchange = this[kExchange];
    if (exchange?.index === undefined) return;
    forget(exchange, exchange.index);
    const socket: FollowedSocket = exchange.request.socket;
    if (socket[kNewest] === exchange) socket[kNewest] = undefined;
    socket[kBytesRead] = socket.bytesRead;
    const outcome = outcomeOf(exchange);
    if (outcome.aborted) closeRequest(exchange.request);
    onEnd(exchange, outcome);
    if (open.length === 0) for (const resolve of waiting.splice(0)) resolve();
  }

  return {
    open,
    settled: () => (open.length === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    of: (request: Carrier<IncomingMessage>) => request[kExchange],
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
    begin(request: Carrier<IncomingMessage>, response: Carrier<ServerResponse>) {
      const socket: FollowedSocket = request.socket;
      const exchange: Exchange = {
        id: requestIdFrom(request.headers['x-request-id']),
        startedAt: performance.now(),
        request,
        response,
        scheme,
        serverSpan: spans && !isProbe(request.url ?? '') ? spans.begin(request) : undefined,
        clientAddress: socket.remoteAddress ?? '',
        route: unmatched(request.method ?? ''),
        slot: undefined,
        client: undefined,
        arrival: undefined,
        bodyMemory: 0,
        bodyBytes: 0,
        index: open.length,
      };
      request[kExchange] = exchange;
      response[kExchange] = exchange;
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
