import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import type { Exchange } from '../exchange/exchange.ts';
import type { Exchanges } from '../exchange/exchanges.ts';
import { PROBLEM_CONTENT_TYPE, type ProblemOptions, problemDocument } from '../problem/problem.ts';
import { responseWithHeaders } from './added-headers.ts';
import { cleanForwarded } from './forwarded.ts';
import { EMPTY_REQUESTS, removeTypeOfEmptyBody } from './node/empty-requests.ts';
import { gatherWrites } from './node/gathered-writes.ts';
import { closeLingering } from './node/lingering-close.ts';
import { unmapRemoteAddresses } from './node/mapped-address.ts';
import { checkRequest } from './node/request-rules.ts';
import { keepTickShape } from './node/tick-shape.ts';
import { setV8Flags } from './node/v8-flags.ts';

export interface ListenerOptions {
  /** How long an idle connection is kept, in milliseconds. Must exceed a load balancer's own idle timeout. */
  keepAliveTimeoutMs: number;
  /** Time for the request line and headers, in milliseconds. */
  headersTimeoutMs: number;
  /** Time for the whole request to arrive, in milliseconds; 0: no limit. */
  requestTimeoutMs: number;
  /** Maximum number of open connections; further ones are closed without a response. 0: no limit. */
  maxConnections: number;
  /**
   * Which connection is closed over that limit: the `newest`, so that connections in use are not disturbed, or the
   * `oldest`, so that a probe cannot be locked out by opening connections.
   */
  closeOverLimit: 'newest' | 'oldest';
  /** Whether the responses of one event loop turn are written together, see `gatherWrites`. Default: true. */
  gatherWrites: boolean;
}

export interface ListenerDependencies {
  exchanges: Exchanges;
  onConnectionDropped(): void;
  /** Called once, for the first request that came through a proxy. Default: proxies are trusted. */
  onUntrustedProxy?: () => void;
  /** TLS options; if set, the server uses TLS. */
  tls?: TlsOptions | undefined;
}

/** Creates the bare HTTP/1.1 server below the framework: time limits, connection limits, and a record of every exchange. */
export function createListener(
  handler: RequestListener,
  options: ListenerOptions,
  { exchanges, onConnectionDropped, onUntrustedProxy, tls }: ListenerDependencies,
): Server {
  const trustsProxies = onUntrustedProxy === undefined;
  let watchesForProxies = onUntrustedProxy !== undefined;
  const limits = {
    ...EMPTY_REQUESTS,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    headersTimeout: options.headersTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: checkingInterval(options),
    // A missing Host is rejected below, with the body and the log line that Node's own response lacks.
    requireHostHeader: false,
    ServerResponse: responseWithHeaders({ tls: tls !== undefined }),
  };
  const server = tls ? createTlsServer({ ...tls, ...limits }) : createServer(limits);
  if (options.gatherWrites) gatherWrites(server);
  keepTickShape();
  server.once('listening', setV8Flags);
  unmapRemoteAddresses(server);
  const onRequest: RequestListener = (request, response) => {
    if (exchanges.isOver(request.socket)) return;
    const problem = checkRequest(request);
    const exchange = exchanges.start(request, response);
    removeTypeOfEmptyBody(request);
    if (trustsProxies) cleanForwarded(request.headers);
    if (watchesForProxies && request.headers['x-forwarded-for'] !== undefined) {
      watchesForProxies = false;
      onUntrustedProxy?.();
    }
    if (problem) {
      reject(exchange, exchanges, problem);
    } else {
      exchange.serverSpan?.enter();
      handler(request, response);
    }
  };
  server.on('request', onRequest);
  // The code that reads the body sends `100 Continue`. None is sent for a request that is rejected.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    if (exchanges.isOver(request.socket)) return;
    const problem = checkRequest(request);
    reject(exchanges.start(request, response), exchanges, problem ?? { status: 417, code: 'expectation_failed' });
  });
  if (options.maxConnections > 0 && options.closeOverLimit === 'newest') server.maxConnections = options.maxConnections;
  server.on('drop', onConnectionDropped);
  return server;
}

/**
 * Returns the interval at which Node checks for late requests, in milliseconds, so that a limit is exceeded by at most
 * a quarter.
 */
function checkingInterval({ headersTimeoutMs, requestTimeoutMs }: ListenerOptions): number {
  const shortest = Math.min(headersTimeoutMs, requestTimeoutMs || headersTimeoutMs);
  return Math.min(5000, Math.max(50, Math.floor(shortest / 4)));
}

function reject(exchange: Exchange, exchanges: Exchanges, problem: ProblemOptions): void {
  const { id, request, response } = exchange;
  exchange.problem = problem.code;
  // It is uncertain where such a request ends, so later requests on the connection are not processed.
  exchanges.makeLast(exchange);
  const body = JSON.stringify(problemDocument(problem, id));
  response.writeHead(problem.status, {
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  closeLingering(request.socket);
  response.end(body);
}
