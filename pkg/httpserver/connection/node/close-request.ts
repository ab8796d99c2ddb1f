import type { IncomingMessage } from 'node:http';

/**
 * Aborts Fastify's `request.signal`, which waits for the `close` event of the request. Node emits that event when the body
 * has been read, before a handler can listen, and never for a request without a body (`optimizeEmptyRequests`,
 * https://github.com/nodejs/node/pull/59778). So this emits it when the client disconnects or a time limit passes. If the
 * body is still arriving, its connection is closed.
 */
export function closeRequest(request: IncomingMessage): void {
  if (request.closed) request.emit('close');
  else request.destroy();
}
