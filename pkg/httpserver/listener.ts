import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import type { Exchanges } from './exchange.ts';
import { gatherWrites } from './gathered-writes.ts';
import { unmapRemoteAddresses } from './mapped-address.ts';
import { PROBLEM_CONTENT_TYPE, type ProblemOptions } from './problem.ts';
import { problemDocument } from './problem-reply.ts';
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
  server.on('request', (request, response) => {
    if (exchanges.isOver(request.socket)) return;
    const { serverSpan } = exchanges.begin(request, response);
    forgetTypeOfNothing(request);
    if (watchesForProxies && request.headers['x-forwarded-for'] !== undefined) {
      watchesForProxies = false;
      onUntrustedProxy?.();
    }
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      refuse(request, response, exchanges, {
        status: 400,
        code: 'host_missing',
        detail: 'HTTP/1.1 needs a Host header.',
      });
    } else if (serverSpan) {
      serverSpan.run(() => handler(request, response));
    } else {
      handler(request, response);
    }
  });
  server.on('checkExpectation', (request, response) => {
    if (exchanges.isOver(request.socket)) return;
    exchanges.begin(request, response);
    refuse(request, response, exchanges, { status: 417, code: 'expectation_failed' });
  });
  if (options.maxConnections > 0) server.maxConnections = options.maxConnections;
  server.on('drop', onConnectionDropped);
  return server;
}

/** Fastify reads the body of what has a content type, and the stream of a request without a body never ends (see above). */
function forgetTypeOfNothing({ headers }: IncomingMessage): void {
  if (headers['content-type'] === undefined) return;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    delete headers['content-type'];
  }
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
  const id = exchanges.of(request)?.id ?? '';
  const body = JSON.stringify(problemDocument(problem, id));
  response.writeHead(problem.status, {
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': Buffer.byteLength(body),
    'x-request-id': id,
    connection: 'close',
  });
  response.end(body);
}
