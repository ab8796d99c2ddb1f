import type { Socket } from 'node:net';

/** How long a client may take to close its side, in milliseconds. */
const LINGER_MS = 500;

/**
 * Makes Node close the connection in two steps after its last response, as RFC 9112 §9.6 requires: our side first, then
 * all of it when the client has closed its side. Until then incoming data is read and dropped. Node closes both sides at
 * once (`destroySoon` in lib/net.js), which resets a client that is still sending, and a reset can destroy the response
 * before it is read: https://github.com/nodejs/node/issues/12339.
 *
 * The incoming data bypasses Node's parser: parsing a body in chunks of one byte costs a thousand times what reading does.
 */
export function closeLingering(socket: Socket, lingerMs: number = LINGER_MS): void {
  socket.destroySoon = () => {
    socket.end();
    // A listener for `data` makes Node pass the bytes to JavaScript instead of its parser (`unconsume` in
    // lib/_http_server.js).
    socket.on('data', () => {}).removeAllListeners('data');
    socket.on('data', () => {}).resume();
    // If the parser has paused the connection, `resume` does not know about it.
    socket._read(0);
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  };
}
