import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Span, SpanContext } from '@opentelemetry/api';
import type { FastifyReply } from 'fastify';
import type { Client } from '../clients/clients.ts';
import type { Route } from './route.ts';

export type AbortReason = 'client' | 'timeout' | 'shutdown' | 'slow_reader';

/** The stage of an admitted request: its body is arriving, it is being served, or its response is being sent. */
export type Slot = 'arriving' | 'served' | 'sending';

/** The span of a request and the context that its handler runs in. */
export interface ServerSpan {
  readonly span: Span;
  readonly spanContext: SpanContext;
  /** Runs a function outside the handler with the span active, and then restores the context. */
  run(body: () => void): void;
  /**
   * Makes the span active for the rest of the call from Node's HTTP parser, and for everything asynchronous that starts in it.
   * The parser calls the server once per request and restores the context itself.
   */
  enter(): void;
}

/**
 * A body that is being read. `length` is a function rather than a getter: V8 gives every object literal with an
 * accessor its own hidden class, which keeps the request alive until the next full collection.
 */
export interface Arrival {
  /** When reading started, in milliseconds of `performance.now()`. */
  readonly since: number;
  /** Bytes received so far. */
  length(): number;
  /** Stops reading, and fails the request with this error. */
  fail(error: Error): void;
  /** Stops reading and frees what was read. */
  drop(): void;
}

/** One request and its response, from the parsed headers to the moment the response is closed, however that ends. */
export interface Exchange {
  readonly id: string;
  /** Milliseconds, on the monotonic clock of `performance.now()`. */
  readonly startedAt: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly scheme: 'http' | 'https';
  /** Undefined for probes, and without tracing. */
  readonly serverSpan: ServerSpan | undefined;
  /** Address of the peer's socket, or the client's address as reported by trusted proxies. */
  clientAddress: string;
  /** The route that Fastify found. Before that, and when none matches, the unmatched route of the method. */
  route: Route;
  /** Fastify's reply, once a route was found. */
  reply: FastifyReply | undefined;
  /** The limit that the request counts against. Undefined for probes and rejected requests. */
  slot: Slot | undefined;
  /** The client that sent the request, once it has been looked up. */
  client: Client | undefined;
  /** The request body while it is being read. */
  arrival: Arrival | undefined;
  /** Bytes of memory counted for the request body. */
  bodyMemory: number;
  /** Length of the response body in bytes, if it was known before sending. */
  bodyBytes: number;
  /** For a streamed response body: bytes that the socket had written before the response. */
  streamedFrom?: number;
  /**
   * Lines that the server adds to the head of the response, each with its CRLF. The values must be valid, and the names
   * known to `connection/added-headers.ts`.
   */
  headerLines: string;
  /** Position in {@link Exchanges.open}; undefined once the exchange has ended. */
  index: number | undefined;
  /** Why the response was aborted, unless the client disconnected. */
  abortReason?: AbortReason;
  /** Status of a response that was written directly to the socket, as for a request that timed out while arriving. */
  rawStatus?: number;
  /** Whether the first `onSend` hook has run. */
  isSending: boolean;
  /** The `code` of the problem document, if the response is one. */
  problem?: string;
}

export interface Outcome {
  /** Status sent; 499 (nginx's convention) when the client disconnected before a response. */
  status: number;
  durationMs: number;
  /** Bytes of the body; of a stream, bytes written to the connection, including headers and framing. */
  bytes: number;
  /** Set when the response was not completed. */
  aborted?: AbortReason;
}

const kExchange = Symbol('exchange');

// Stored as a property of Node's own objects: a WeakMap would be cleaner, but is slower on every request.
type Carrier = (IncomingMessage | ServerResponse) & { [kExchange]?: Exchange };

/** Attaches the exchange to its request and response. */
export function attachExchange(exchange: Exchange): void {
  (exchange.request as Carrier)[kExchange] = exchange;
  (exchange.response as Carrier)[kExchange] = exchange;
}

/** Returns the exchange of a request or response; undefined if the request came without a socket (`app.inject`). */
export function exchangeOf(message: IncomingMessage | ServerResponse): Exchange | undefined {
  return (message as Carrier)[kExchange];
}
