import type { Client } from './clients.ts';

export interface ClientPoolOptions {
  /** What there is for all clients together. 0: no limit. */
  max: number;
  /** Part of it that a client may take when no other client has any, above 0. 1: all of it. */
  clientShare: number;
}

export type PoolRefusal = 'exhausted' | 'client_share';

/** Something limited that clients take from and give back: slots or bytes. */
export interface ClientPool {
  readonly taken: number;
  /** Why the client cannot have this amount, or undefined when it can. */
  refusal(client: Client, amount: number): PoolRefusal | undefined;
  take(client: Client, amount: number): void;
  give(client: Client, amount: number): void;
}

/**
 * Divides something limited between clients so that none can lock out the others. A client may hold a fixed multiple of
 * what is still free, as the buffers of a network switch are shared (Choudhury and Hahne, "Dynamic Queue Length
 * Thresholds"): alone it gets `clientShare` of everything, two get equally much, and however many there are, some is
 * left for the next one. A fixed quota would either waste most of the pool or leave nothing for a newcomer.
 *
 * @param held the client's field that counts what it has taken.
 */
export function createClientPool(held: keyof Client, { max, clientShare }: ClientPoolOptions): ClientPool {
  const multiple = clientShare < 1 ? clientShare / (1 - clientShare) : Number.POSITIVE_INFINITY;
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    refusal(client, amount) {
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
