import { setTimeout as sleep } from 'node:timers/promises';
import type { Connect } from './connect.ts';
import { type Connection, LostRequest, openConnection } from './connection.ts';

/** What a client did, by what became of it: the status of an answer, or `aborted`, `reconnected`, `lost`. */
export type Deeds = Map<string, number>;

const JSON_TYPE = 'Content-Type: application/json\r\n';

function request(line: string, headers = '', body = ''): string {
  return `${line} HTTP/1.1\r\nHost: load\r\n${headers}${body === '' ? '' : `Content-Length: ${body.length}\r\n`}\r\n${body}`;
}

/** What it asks: mostly what is there, and everything that clients get wrong. */
const REQUESTS: readonly [weight: number, bytes: (key: string) => string][] = [
  [40, () => request('GET /v1/items?limit=20')],
  [20, (key) => request(`GET /v1/items/${key}`)],
  [8, (key) => request(`PUT /v1/items/${key}`, JSON_TYPE, '{"enabled":true}')],
  [4, (key) => request(`DELETE /v1/items/${key}`, 'If-Match: *\r\n')],
  [5, () => request('GET /nowhere')],
  [5, (key) => request(`PUT /v1/items/${key}`, JSON_TYPE, '{"enabled":"perhaps"}')],
  [3, (key) => request(`PUT /v1/items/${key}`, JSON_TYPE, '{"enabled":')],
  [2, () => request('PATCH /v1/items')],
  [2, () => 'nonsense\r\n\r\n'],
];
const DECK = REQUESTS.flatMap(([weight, bytes]) => Array.from({ length: weight }, () => bytes));

/** Of a hundred turns, how many end in leaving before the answer, within a body, and in a new connection. */
const ABORTS = 3;
const CUT_BODIES = 2;
const RECONNECTS = 5;

/** Asks, errs, leaves and comes back, with a pause of up to `maxPauseMs` between, until `isOver`. */
export async function mixedClient(
  connect: Connect,
  maxPauseMs: number,
  deeds: Deeds,
  isOver: () => boolean,
): Promise<void> {
  let connection: Connection | undefined;
  const count = (deed: string) => void deeds.set(deed, (deeds.get(deed) ?? 0) + 1);

  async function leave(): Promise<void> {
    connection?.close();
    await connection?.closed;
    connection = undefined;
  }

  async function turn(): Promise<void> {
    if (!connection?.usable) connection = openConnection(connect);
    const key = `soak-${Math.floor(Math.random() * 200)}`;
    const dice = Math.random() * 100;
    const bytes = dice < CUT_BODIES ? request('PUT /v1/items/cut', `${JSON_TYPE}Content-Length: 99\r\n`) : drawn()(key);
    const aborts = dice < CUT_BODIES + ABORTS;
    const answer = connection.ask(bytes).then(
      ({ status }) => count(String(status)),
      (error: unknown) => {
        if (!(error instanceof LostRequest)) throw error;
        count(aborts ? 'aborted' : 'lost');
      },
    );
    if (aborts) {
      await sleep(Math.random() * 2);
      await leave();
    }
    await answer;
    if (dice > 100 - RECONNECTS) {
      await leave();
      count('reconnected');
    }
  }

  while (!isOver()) {
    await turn();
    await sleep(Math.random() * maxPauseMs);
  }
  await leave();
}

function drawn(): (key: string) => string {
  return DECK[Math.floor(Math.random() * DECK.length)] ?? (() => request('GET /v1/items'));
}
