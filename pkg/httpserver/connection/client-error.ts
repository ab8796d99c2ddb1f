import type { Socket } from 'node:net';
import type { Exchange, Exchanges } from '../exchange/exchange.ts';
import { requestIdFrom } from '../exchange/request-id.ts';
import { PROBLEM_CONTENT_TYPE, type ProblemOptions, titleOf } from '../problem/problem.ts';
import { problemDocument } from '../problem/problem-reply.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import type { UnreadBodies } from './unread-bodies.ts';

/** What Node's parser and its time limits report, by the error's code. */
const PROBLEMS: Record<string, ProblemOptions> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'body_too_large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', detail: 'The request did not arrive in time.' },
};

/** What the parser says of a connection that ends within a message. */
const CUT_SHORT = 'HPE_INVALID_EOF_STATE';

const MALFORMED: ProblemOptions = {
  status: 400,
  code: 'malformed_request',
  detail: 'This is not an HTTP/1.1 request.',
};

export interface ClientErrorDependencies {
  exchanges: Exchanges;
  unreadBodies: UnreadBodies;
  /** Called for a request that never became an exchange, with the problem it was answered with. */
  onRefused(problem: ProblemOptions, requestId: string, socket: Socket): void;
}

/**
 * Answers what is not a request that Node can parse, or did not arrive in time, straight on the socket, and closes it.
 * Honest requests that came before on the same connection get their answers first.
 */
export function createClientErrorHandler({ exchanges, unreadBodies, onRefused }: ClientErrorDependencies) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    // Answered before; what still comes in on the connection is dropped until it closes.
    if (socket.writableEnded) return;
    if (error.code === 'ECONNRESET' || !socket.writable || isInHandshake(socket) || unreadBodies.isArriving(socket)) {
      socket.destroy();
      return;
    }
    const problem = PROBLEMS[error.code ?? ''] ?? MALFORMED;
    const last = lastOn(socket, exchanges.open);
    if (!last) {
      const requestId = requestIdFrom(undefined);
      onRefused(problem, requestId, socket);
      end(socket, problem, requestId);
    } else if (error.code === CUT_SHORT && !last.request.complete) {
      // The client left in the middle of its body, and is not there to be answered.
      socket.destroy();
    } else if (last.response.writableEnded && exchanges.isOver(socket)) {
      // Its response is on its way and closes the connection: what is wrong with the rest of the body does not matter.
    } else if (last.request.complete) {
      last.response.once('close', () => end(socket, problem, requestIdFrom(undefined)));
    } else {
      // The fault is in the body of the request being served: this is its answer, unless one has begun.
      last.abortReason = problem.status === 408 ? 'timeout' : 'client';
      if (last.response.headersSent) {
        socket.destroy();
      } else {
        last.rawStatus = problem.status;
        last.problem = problem.code;
        end(socket, problem, last.id);
      }
    }
  };
}

/** Node reports a failed TLS handshake as a client error too. There is nothing to answer with, and it was no request. */
function isInHandshake(socket: Socket): boolean {
  return 'secureConnecting' in socket && socket.secureConnecting === true;
}

function lastOn(socket: Socket, open: readonly Exchange[]): Exchange | undefined {
  return open
    .filter(({ request }) => request.socket === socket)
    .reduce<Exchange | undefined>((last, one) => (last && last.startedAt > one.startedAt ? last : one), undefined);
}

/** How long a refused peer may go on sending before its connection is reset, in milliseconds. */
const LINGER_MS = 1000;

function end(socket: Socket, problem: ProblemOptions, requestId: string): void {
  if (!socket.writable) return;
  const body = JSON.stringify(problemDocument(problem, requestId));
  const head = [
    `HTTP/1.1 ${problem.status} ${titleOf(problem.status)}`,
    `Content-Type: ${PROBLEM_CONTENT_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`);
  // Closing at once would reset a peer that is still sending, and it would never see the answer (RFC 9112 §9.6).
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
