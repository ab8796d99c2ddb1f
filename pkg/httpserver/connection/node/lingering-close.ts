import type { Socket } from 'node:net';

/** How long a client may take to close its side, in milliseconds. */
const LINGER_MS = 500;

/**
 * Has Node close the connection gently after its last answer: our side first, then all of it once the client has closed
 * its own, while what still comes in is read and dropped. Closing both sides at once resets a client that is sending,
 * and a reset can destroy the answer before it was read (RFC 9112 §9.6).
 *
 * What comes in then bypasses Node's parser: a body in chunks of one byte costs it a thousand times what reading does.
 */
export function closeLingering(socket: Socket, lingerMs: number = LINGER_MS): void {
  socket.destroySoon = () => {
    socket.end();
    // With a listener for `data` Node hands the connection's bytes to JavaScript, of which its parser is one receiver.
    socket.on('data', () => {}).removeAllListeners('data');
    socket.on('data', () => {}).resume();
    // Where the parser had paused the connection, `resume` does not know of it.
    socket._read(0);
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  };
}
