import { setTimeout as sleep } from 'node:timers/promises';
import type { Connect } from './connect.ts';
import { type Connection, LostRequest, openConnection } from './connection.ts';

/** Number of requests by outcome: the status of the response, `aborted` or `lost`. Also counts `reconnected`. */
export type Outcomes = Map<string, number>;

const JSON_TYPE = 'Content-Type: application/json\r\n';

function request(line: string, headers = '', body = ''): string {
  return `${line} HTTP/1.1\r\nHost: load\r\n${headers}${body === '' ? '' : `Content-Length: ${body.length}\r\n`}\r\n${body}`;
}

/** Requests with their weights: mostly valid ones, and typical mistakes of clients. */
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

/** Of a hundred turns: how many abort before the response, abort inside a body, and reconnect afterwards. */
const ABORTS = 3;
const CUT_BODIES = 2;
const RECONNECTS = 5;

/** Sends valid and invalid requests, aborts and reconnects, with random pauses of up to `maxPauseMs`, until `isOver`. */
export async function mixedClient(
  connect: Connect,
  maxPauseMs: number,
  outcomes: Outcomes,
  isOver: () => boolean,
): Promise<void> {
  let connection: Connection | undefined;
  const count = (outcome: string) => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  async function disconnect(): Promise<void> {
    connection?.close();
    await connection?.closed;
    connection = undefined;
  }

  async function turn(): Promise<void> {
    if (!connection?.usable) connection = openConnection(connect);
    const key = `soak-${Math.floor(Math.random() * 200)}`;
    const dice = Math.random() * 100;
    const bytes =
      dice < CUT_BODIES ? request('PUT /v1/items/cut', `${JSON_TYPE}Content-Length: 99\r\n`) : randomRequest()(key);
    const aborts = dice < CUT_BODIES + ABORTS;
    const response = connection.request(bytes).then(
      ({ status }) => count(String(status)),
      (error: unknown) => {
        if (!(error instanceof LostRequest)) throw error;
        count(aborts ? 'aborted' : 'lost');
      },
    );
    if (aborts) {
      await sleep(Math.random() * 2);
      await disconnect();
    }
    await response;
    if (dice > 100 - RECONNECTS) {
      await disconnect();
      count('reconnected');
    }
  }

  while (!isOver()) {
    await turn();
    await sleep(Math.random() * maxPauseMs);
  }
  await disconnect();
}

function randomRequest(): (key: string) => string {
  return DECK[Math.floor(Math.random() * DECK.length)] ?? (() => request('GET /v1/items'));
}
