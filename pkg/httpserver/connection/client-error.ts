import type { Socket } from 'node:net';
import type { Exchange } from '../exchange/exchange.ts';
import type { Exchanges } from '../exchange/exchanges.ts';
import { requestIdFrom } from '../exchange/request-id.ts';
import { PROBLEM_CONTENT_TYPE, type ProblemOptions, problemDocument, titleOf } from '../problem/problem.ts';
import { BODY_TOO_LARGE } from '../problem/server-problems.ts';
import { SECURITY_HEADERS } from './added-headers.ts';
import { isInHandshake } from './node/tls-handshakes.ts';
import type { UnreadBodies } from './unread-bodies.ts';

/** Problems by the code of the error that Node's parser or one of its time limits reports. */
const PROBLEMS: Record<string, ProblemOptions> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: BODY_TOO_LARGE,
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', detail: 'The request did not arrive in time.' },
};

/** The parser's code for a connection that ends within a message. */
const CUT_SHORT = 'HPE_INVALID_EOF_STATE';

const MALFORMED: ProblemOptions = {
  status: 400,
  code: 'malformed_request',
  detail: 'This is not an HTTP/1.1 request.',
};

export interface ClientErrorDependencies {
  exchanges: Exchanges;
  unreadBodies: UnreadBodies;
  /** Called for a request that never became an exchange, with the problem that was sent in response. */
  onRejected(problem: ProblemOptions, requestId: string, socket: Socket): void;
}

/**
 * Creates the handler of `clientError`. It responds directly on the socket to requests that Node cannot parse or that
 * did not arrive in time, and closes the connection. Earlier requests on the same connection get their responses first.
 */
export function createClientErrorHandler({ exchanges, unreadBodies, onRejected }: ClientErrorDependencies) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    // The response has already been sent. Further data on the connection is dropped until it closes.
    if (socket.writableEnded) return;
    if (error.code === 'ECONNRESET' || !socket.writable || isInHandshake(socket) || unreadBodies.isArriving(socket)) {
      socket.destroy();
      return;
    }
    const problem = PROBLEMS[error.code ?? ''] ?? MALFORMED;
    const last = lastOn(socket, exchanges.open);
    if (!last) {
      const requestId = requestIdFrom(undefined);
      onRejected(problem, requestId, socket);
      end(socket, problem, requestId);
    } else if (error.code === CUT_SHORT && !last.request.complete) {
      // The client disconnected while sending its body: there is nobody to respond to.
      socket.destroy();
    } else if (last.response.writableEnded && exchanges.isOver(socket)) {
      // The response is being sent and closes the connection: an error in the rest of the body does not matter.
    } else if (last.request.complete) {
      last.response.once('close', () => end(socket, problem, requestIdFrom(undefined)));
    } else {
      // The error is in the body of the request being served: this becomes its response, unless another one has been
      // started.
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

function lastOn(socket: Socket, open: readonly Exchange[]): Exchange | undefined {
  return open
    .filter(({ request }) => request.socket === socket)
    .reduce<Exchange | undefined>((last, one) => (last && last.startedAt > one.startedAt ? last : one), undefined);
}

/** How long a rejected client may go on sending before its connection is reset, in milliseconds. */
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
  // Closing at once would reset a client that is still sending, and it would never see the response (RFC 9112 §9.6).
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
