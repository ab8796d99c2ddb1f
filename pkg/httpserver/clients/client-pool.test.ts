import { expect, test } from 'vitest';
import { createClientPool } from './client-pool.ts';
import type { Client } from './clients.ts';

const newClient = (): Client => ({ served: 0, servedOrSending: 0, arriving: 0, bodyBytes: 0 });

/** Takes one at a time, in turns, until no client gets any more. */
function takeAll(pool: ReturnType<typeof createClientPool>, clients: readonly Client[]): number[] {
  for (let more = true; more; ) {
    more = false;
    for (const client of clients) {
      if (pool.rejection(client, 1)) continue;
      pool.take(client, 1);
      more = true;
    }
  }
  return clients.map(({ served }) => served);
}

test.each([
  { max: 1000, clientShare: 0.8, clients: 1, each: 800 },
  { max: 1000, clientShare: 0.8, clients: 2, each: 444 },
  { max: 1000, clientShare: 0.8, clients: 10, each: 97 },
  { max: 1000, clientShare: 0.5, clients: 1, each: 500 },
  { max: 1000, clientShare: 1, clients: 1, each: 1000 },
])('of $max, $clients clients with a share of $clientShare get $each each', ({ max, clientShare, clients, each }) => {
  const pool = createClientPool('served', { max, clientShare });
  const taken = takeAll(
    pool,
    Array.from({ length: clients }, () => newClient()),
  );
  for (const amount of taken) expect(Math.abs(amount - each)).toBeLessThanOrEqual(1);
});

test.each([1, 2, 3, 10, 100])('however much %i clients take, some is left for the next one', (clients) => {
  const pool = createClientPool('served', { max: 1000, clientShare: 0.8 });
  takeAll(
    pool,
    Array.from({ length: clients }, () => newClient()),
  );
  expect(pool.rejection(newClient(), 1)).toBeUndefined();
});

test('the reason shows whether nothing is left or the client has used up its share', () => {
  const pool = createClientPool('served', { max: 10, clientShare: 0.8 });
  const client = newClient();
  takeAll(pool, [client]);
  expect(pool.rejection(client, 1)).toBe('client_share');
  expect(pool.rejection(newClient(), 3)).toBe('exhausted');
  pool.give(client, 8);
  expect(pool.taken).toBe(0);
  expect(pool.rejection(client, 1)).toBeUndefined();
});

test('a pool of 0 has no limit', () => {
  const pool = createClientPool('served', { max: 0, clientShare: 0.8 });
  expect(pool.rejection(newClient(), 1_000_000)).toBeUndefined();
});
