import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { type Exchanges, noteProblem } from '../exchange/exchange.ts';
import { PROBLEM_CONTENT_TYPE, type ProblemOptions } from '../problem/problem.ts';
import { problemDocument } from '../problem/problem-reply.ts';
import { declaresBody } from './declared-body.ts';
import { cleanForwarded } from './forwarded.ts';
import { gatherWrites } from './node/gathered-writes.ts';
import { closeLingering } from './node/lingering-close.ts';
import { unmapRemoteAddresses } from './node/mapped-address.ts';
import { checkRequest } from './node/request-rules.ts';
import { secureResponse } from './security-headers.ts';

export interface ListenerOptions {
  /** How long an idle connection is kept, in milliseconds. Above a load balancer's own limit, or it meets resets. */
  keepAliveTimeoutMs: number;
  /** Time for the request line and headers, in milliseconds. */
  headersTimeoutMs: number;
  /** Time for the whole request to arrive, in milliseconds; 0: no limit. */
  requestTimeoutMs: number;
  /** Connections open at the same time; those over it are closed unanswered. 0: no limit. */
  maxConnections: number;
  /**
   * Which connection is closed over that limit: the `newest`, so that those at work are not disturbed, or the `oldest`,
   * so that nobody can lock out a probe by opening connections.
   */
  closeOverLimit: 'newest' | 'oldest';
}

export interface ListenerDependencies {
  exchanges: Exchanges;
  onConnectionDropped(): void;
  /** Called once, for the first request that came through a proxy. Default: nobody wants to know. */
  onUntrustedProxy?: () => void;
  /** With these the server speaks TLS. */
  tls?: TlsOptions | undefined;
}

/** The bare HTTP/1.1 server below the framework: limits of time and number, and a record of every exchange. */
export function createListener(
  handler: RequestListener,
  options: ListenerOptions,
  { exchanges, onConnectionDropped, onUntrustedProxy, tls }: ListenerDependencies,
): Server {
  const trustsProxies = onUntrustedProxy === undefined;
  let watchesForProxies = onUntrustedProxy !== undefined;
  const limits = {
    keepAliveTimeout: options.keepAliveTimeoutMs,
    headersTimeout: options.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: checkingInterval(options),
    // A missing Host is refused below, with a body and a log line that Node's own refusal lacks.
    requireHostHeader: false,
    // Builds no body stream for a request that has no body: the one option of Node that makes every GET cheaper.
    optimizeEmptyRequests: true,
    ServerResponse: secureResponse({ tls: tls !== undefined }),
  };
  const server = tls ? createTlsServer({ ...tls, ...limits }) : createServer(limits);
  gatherWrites(server);
  unmapRemoteAddresses(server);
  const onRequest: RequestListener = (request, response) => {
    if (exchanges.isOver(request.socket)) return;
    const problem = checkRequest(request);
    const { serverSpan } = exchanges.begin(request, response);
    forgetTypeOfNothing(request);
    if (trustsProxies) cleanForwarded(request.headers);
    if (watchesForProxies && request.headers['x-forwarded-for'] !== undefined) {
      watchesForProxies = false;
      onUntrustedProxy?.();
    }
    if (problem) {
      refuse(request, response, exchanges, problem);
    } else if (serverSpan) {
      serverSpan.run(() => handler(request, response));
    } else {
      handler(request, response);
    }
  };
  server.on('request', onRequest);
  // Whoever reads the body says so to the client that waits to be told, and nobody does for a request that is rejected.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', (request, response) => {
    if (exchanges.isOver(request.socket)) return;
    const problem = checkRequest(request);
    exchanges.begin(request, response);
    refuse(request, response, exchanges, problem ?? { status: 417, code: 'expectation_failed' });
  });
  if (options.maxConnections > 0 && options.closeOverLimit === 'newest') server.maxConnections = options.maxConnections;
  server.on('drop', onConnectionDropped);
  return server;
}

/** Fastify reads the body of what has a content type, and the stream of a request without a body never ends (see above). */
function forgetTypeOfNothing({ headers }: IncomingMessage): void {
  if (headers['content-type'] === undefined) return;
  if (declaresBody({ headers })) return;
  delete headers['content-type'];
  if (headers['content-length'] !== undefined) headers['content-length'] = '0';
}

/** Node looks for late requests at this interval, in milliseconds: often enough to keep a short limit within a quarter. */
function checkingInterval({ headersTimeoutMs, requestTimeoutMs }: ListenerOptions): number {
  const shortest = Math.min(headersTimeoutMs, requestTimeoutMs || headersTimeoutMs);
  return Math.min(5000, Math.max(50, Math.floor(shortest / 4)));
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  exchanges: Exchanges,
  problem: ProblemOptions,
): void {
  const exchange = exchanges.of(request);
  const id = exchange?.id ?? '';
  noteProblem(request, problem.code);
  // Where such a request ends is doubtful, so what follows it on the connection is not begun.
  if (exchange) exchanges.makeLast(exchange);
  const body = JSON.stringify(problemDocument(problem, id));
  response.writeHead(problem.status, {
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': Buffer.byteLength(body),
    'x-request-id': id,
    connection: 'close',
  });
  closeLingering(request.socket);
  response.end(body);
}
