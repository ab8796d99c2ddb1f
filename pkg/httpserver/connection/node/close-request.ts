import type { IncomingMessage } from 'node:http';

/**
 * Aborts Fastify's `request.signal`, which waits for the request's `close` event. Node emits that when a body has been
 * read, before a handler could listen, and never for a request without a body (`optimizeEmptyRequests`); so a client
 * that leaves, or a time limit, is told here. A body that is still coming is cut, with its connection.
 */
export function closeRequest(request: IncomingMessage): void {
  if (request.closed) request.emit('close');
  else request.destroy();
}
