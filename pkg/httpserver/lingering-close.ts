import type { Socket } from 'node:net';

/** How long a client may take to close its side, in milliseconds. */
const LINGER_MS = 500;

/**
 * Has Node close the connection gently after its last answer: our side first, then all of it once the client has closed
 * its own, while what still comes in is read and dropped. Closing both sides at once resets a client that is sending,
 * and a reset can destroy the answer before it was read (RFC 9112 §9.6).
 */
export function closeLingering(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  };
}
