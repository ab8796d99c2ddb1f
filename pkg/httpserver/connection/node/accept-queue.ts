import type { Server } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';

/** How long to continue while new connections keep arriving, in milliseconds. */
const LIMIT_MS = 1000;

/**
 * Accepts the connections that wait in the kernel's queue: closing the listener would reset them and lose the requests
 * they have already sent. libuv accepts one connection per turn of the event loop (https://github.com/libuv/libuv/pull/3696),
 * so under load some may wait. A whole turn without a new connection means that the queue is empty and that the newest
 * one has been read from. Ends early when `signal` aborts.
 */
export async function acceptWaiting(server: Server, signal: AbortSignal | undefined): Promise<void> {
  let accepted = 0;
  const count = () => {
    accepted += 1;
  };
  server.on('connection', count);
  try {
    const until = performance.now() + LIMIT_MS;
    for (let before = -1; before !== accepted && performance.now() < until && !signal?.aborted; ) {
      before = accepted;
      // The first may resolve within the current turn.
      await turn();
      await turn();
    }
  } finally {
    server.off('connection', count);
  }
}
