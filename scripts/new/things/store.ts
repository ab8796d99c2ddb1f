import type { Thing } from './model.ts';

/** Where things are kept. A method rejects only when the store itself fails. */
export interface ThingStore {
  get(id: string): Promise<Thing | undefined>;
  /** In the order of their ids: the first `limit` of those whose id is greater than `after`, if given. */
  list(options: { after?: string | undefined; limit: number }): Promise<Thing[]>;
  put(thing: Thing): Promise<void>;
  /** Whether it was there. */
  delete(id: string): Promise<boolean>;
}
