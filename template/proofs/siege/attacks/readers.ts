import type { Socket } from 'node:net';
import { type Attack, addressesOf, openMany, pause } from './attack.ts';

const READERS = 60;
/**
 * Together the responses, 14 KiB each, exceed what the kernel buffers for one connection, while the requests stay below the
 * rate limit. They are sent in small bursts, which are not shed as an overload; those of the last burst keep their slots.
 */
const BURST = 50;
const BURSTS = 11;
const BURST_PERIOD_MS = 200;
const STAGGER_MS = 250;
const HOLD_MS = 45_000;

/** Requests more responses than the kernel buffers and reads none of them. */
export const slowReaders: Attack = async ({ url, signal, count }) => {
  const burst = 'GET /openapi.json HTTP/1.1\r\nHost: siege.example\r\n\r\n'.repeat(BURST);
  async function request(socket: Socket): Promise<void> {
    socket.pause();
    for (let sent = 0; sent < BURSTS && socket.writable && !signal.aborted; sent++) {
      socket.write(burst);
      await pause(BURST_PERIOD_MS, signal);
    }
  }
  for (let round = 0; !signal.aborted; round++) {
    const sockets = await openMany(url, addressesOf(4, round, READERS), READERS);
    for (const socket of sockets) {
      void request(socket);
      await pause(STAGGER_MS, signal);
    }
    await pause(HOLD_MS, signal);
    // A paused socket does not detect that its peer has closed the connection.
    for (const socket of sockets) socket.resume();
    await pause(1000, AbortSignal.timeout(1000));
    for (const socket of sockets) {
      count(socket.destroyed || socket.readableEnded ? 'closed by the service' : 'still open');
      socket.destroy();
    }
  }
};

const FLOOD = 1000;

/** Sends a thousand requests on one connection, reads no response, and resets the connection. */
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
