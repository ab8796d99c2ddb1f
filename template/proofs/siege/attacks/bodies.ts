import { type Attack, addressesOf, firstStatus, openMany, pause } from './attack.ts';

/** Just under the default of `http.bodyLimit`. */
const LENGTH = 1_048_575;
const BODY = Buffer.from(`"${'x'.repeat(LENGTH - 2)}"`);
/** The pause between the headers and the body, and the longest one before the last byte of the body. */
const HEADERS_TO_BODY_MS = 6000;
const BODY_TO_END_MS = 4000;
const OUTCOME_LIMIT_MS = 20_000;
const ROUND_MS = 15_000;
/** Every so many rounds come as many connections as the service must survive. */
const LARGE_ROUND = 4;
const LARGE = 2000;

function head(length: number): string {
  return `POST /nope HTTP/1.1\r\nHost: siege.example\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}

function lateBodies(listener: 'url' | 'adminUrl', network: number, connections: number): Attack {
  return async (context) => {
    for (let round = 0; !context.signal.aborted; round++) {
      const count = round % LARGE_ROUND === LARGE_ROUND - 1 ? LARGE : connections;
      const sockets = await openMany(context[listener], addressesOf(network, round, 5), count);
      const outcomes = sockets.map((socket) =>
        firstStatus(socket, HEADERS_TO_BODY_MS + BODY_TO_END_MS + OUTCOME_LIMIT_MS),
      );
      for (const socket of sockets) socket.write(head(LENGTH));
      await pause(HEADERS_TO_BODY_MS, context.signal);
      for (const socket of sockets) if (socket.writable) socket.write(BODY.subarray(0, -1));
      // All bodies are in memory before the first of them is complete.
      await pause(BODY_TO_END_MS, context.signal);
      for (const socket of sockets) if (socket.writable) socket.write(BODY.subarray(-1));
      for (const outcome of outcomes) context.count(await outcome);
      for (const socket of sockets) socket.destroy();
      await pause(ROUND_MS, context.signal);
    }
  };
}

/** Requests for an unknown path: the headers of all, then the bodies of all but for their last byte, then that byte. */
export const lateBodiesPublic = lateBodies('url', 1, 500);
export const lateBodiesAdmin = lateBodies('adminUrl', 2, 300);

const UNFINISHED = 1080;
const HOLD_MS = 60_000;

/** From two addresses, as many requests as there are slots: each lacks the last byte of its body. */
export const unfinishedBodies: Attack = async (context) => {
  for (let round = 0; !context.signal.aborted; round++) {
    const sockets = await openMany(context.url, addressesOf(3, round, 2), UNFINISHED);
    const outcomes = sockets.map((socket) => firstStatus(socket, HOLD_MS));
    for (const socket of sockets) socket.write(`${head(2)}x`);
    const all = Promise.all(outcomes.map(async (outcome) => context.count(await outcome)));
    await Promise.race([all, pause(HOLD_MS, context.signal)]);
    for (const socket of sockets) socket.destroy();
    await all;
  }
};
