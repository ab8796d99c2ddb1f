import type { Client } from './clients.ts';

export interface ClientPoolOptions {
  /** The amount for all clients together. 0: no limit. */
  max: number;
  /** Share of it that a client may hold while no other client holds any, above 0. 1: all of it. */
  clientShare: number;
}

export type PoolRejection = 'exhausted' | 'client_share';

/** A limited resource that clients take from and give back to: slots or bytes. */
export interface ClientPool {
  readonly taken: number;
  /** Returns why the client cannot take this amount; undefined if it can. */
  rejection(client: Client, amount: number): PoolRejection | undefined;
  take(client: Client, amount: number): void;
  give(client: Client, amount: number): void;
}

/**
 * Divides a limited resource between clients so that none can lock out the others. A client may hold a fixed multiple of
 * what is still free, like the buffers of a network switch (Choudhury and Hahne, "Dynamic Queue Length Thresholds"): a
 * single client gets `clientShare` of everything, two get equal amounts, and however many there are, some is left for the
 * next one. A fixed quota would either waste most of the pool or leave nothing for a new client.
 *
 * @param held the field of the client that counts what it has taken.
 */
export function createClientPool(held: keyof Client, { max, clientShare }: ClientPoolOptions): ClientPool {
  const multiple = clientShare < 1 ? clientShare / (1 - clientShare) : Number.POSITIVE_INFINITY;
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    rejection(client, amount) {
      if (max === 0) return undefined;
      const free = max - taken;
      if (amount > free) return 'exhausted';
      return client[held] + amount > multiple * free ? 'client_share' : undefined;
    },
    take(client, amount) {
      taken += amount;
      client[held] += amount;
    },
    give(client, amount) {
      taken -= amount;
      client[held] -= amount;
    },
  };
}
