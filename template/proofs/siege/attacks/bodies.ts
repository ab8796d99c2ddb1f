import { type Attack, addressesOf, firstStatus, openMany, pause } from './attack.ts';

/** Just under the default of `http.bodyLimit`. */
const LENGTH = 1_048_575;
const BODY = Buffer.from(`"${'x'.repeat(LENGTH - 2)}"`);
/** Pause between headers and body, and before the last byte of the body. */
const HEADERS_TO_BODY_MS = 6000;
const BODY_TO_END_MS = 4000;
const OUTCOME_LIMIT_MS = 20_000;
const ROUND_MS = 15_000;
/** Every fourth round opens the largest number of connections that the service must survive. */
const LARGE_ROUND = 4;
const LARGE = 2000;

/** A path that no route serves, or an authorized write, whose body may be read before the request is rejected. */
type Kind = 'unknown' | 'authorized';

function headOf(kind: Kind, token: string, length: number): string {
  const target =
    kind === 'unknown'
      ? 'POST /nope HTTP/1.1'
      : `PUT /v1/flags/body HTTP/1.1\r\nAuthorization: Bearer ${token}\r\nIf-None-Match: *`;
  return `${target}\r\nHost: siege.example\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}

interface BodyAttack {
  kind: Kind;
  listener: 'url' | 'adminUrl';
  /** Second octet of its addresses. */
  network: number;
  connections: number;
}

/** Sends the headers of all requests, then all bodies except their last byte, then that byte. */
function lateBodies({ kind, listener, network, connections }: BodyAttack): Attack {
  return async (context) => {
    const { signal, token, count } = context;
    for (let round = 0; !signal.aborted; round++) {
      const size = round % LARGE_ROUND === LARGE_ROUND - 1 ? LARGE : connections;
      const sockets = await openMany(context[listener], addressesOf(network, round, 5), size);
      const limitMs = HEADERS_TO_BODY_MS + BODY_TO_END_MS + OUTCOME_LIMIT_MS;
      const outcomes = sockets.map((socket) => firstStatus(socket, limitMs));
      for (const socket of sockets) socket.write(headOf(kind, token, LENGTH));
      await pause(HEADERS_TO_BODY_MS, signal);
      for (const socket of sockets) if (socket.writable) socket.write(BODY.subarray(0, -1));
      // At this point all bodies are in memory and none is complete.
      await pause(BODY_TO_END_MS, signal);
      for (const socket of sockets) if (socket.writable) socket.write(BODY.subarray(-1));
      for (const outcome of outcomes) count(await outcome);
      for (const socket of sockets) socket.destroy();
      await pause(ROUND_MS, signal);
    }
  };
}

const UNFINISHED = 1080;
const HOLD_MS = 60_000;

/** Sends as many requests as there are slots, from two addresses, without the last byte of their bodies. */
function unfinishedBodies({ kind, listener, network, connections }: BodyAttack): Attack {
  return async (context) => {
    const { signal, token, count } = context;
    for (let round = 0; !signal.aborted; round++) {
      const sockets = await openMany(context[listener], addressesOf(network, round, 2), connections);
      const outcomes = sockets.map((socket) => firstStatus(socket, HOLD_MS));
      for (const socket of sockets) socket.write(`${headOf(kind, token, 2)}{`);
      const all = Promise.all(outcomes.map(async (outcome) => count(await outcome)));
      await Promise.race([all, pause(HOLD_MS, signal)]);
      for (const socket of sockets) socket.destroy();
      await all;
      await pause(ROUND_MS, signal);
    }
  };
}

export const bodyAttacks: Readonly<Record<string, Attack>> = {
  'late-bodies-public': lateBodies({ kind: 'unknown', listener: 'url', network: 1, connections: 500 }),
  'late-bodies-admin': lateBodies({ kind: 'unknown', listener: 'adminUrl', network: 2, connections: 300 }),
  'late-bodies-authorized': lateBodies({ kind: 'authorized', listener: 'url', network: 3, connections: 500 }),
  'unfinished-bodies': unfinishedBodies({ kind: 'unknown', listener: 'url', network: 10, connections: UNFINISHED }),
  'unfinished-authorized': unfinishedBodies({
    kind: 'authorized',
    listener: 'url',
    network: 11,
    connections: UNFINISHED,
  }),
};
