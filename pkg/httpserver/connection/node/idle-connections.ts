import type { Server } from 'node:http';

/**
 * Makes `server.close()` call `closeIdle` instead of Node's `closeIdleConnections`, which closes a connection as soon
 * as the handler has ended the response, even if the response is still being written: a large body to a slow reader is
 * truncated (`closeIdleConnections` in lib/_http_server.js only looks at `_httpMessage.finished`). Earlier versions of
 * Node also leave connections open that have not sent anything: https://github.com/nodejs/node/issues/63452.
 */
export function replaceIdleClosing(server: Server, closeIdle: () => void): void {
  server.closeIdleConnections = closeIdle;
}
