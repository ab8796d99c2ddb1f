import type { Thing } from './model.ts';

/** Stores things. A method rejects only if the store itself fails. */
export interface ThingStore {
  get(id: string): Promise<Thing | undefined>;
  /** Returns the first `limit` things, ordered by id, whose id is greater than `after` (default: from the start). */
  list(options: { after?: string | undefined; limit: number }): Promise<Thing[]>;
  put(thing: Thing): Promise<void>;
  /** Returns whether the thing existed. */
  delete(id: string): Promise<boolean>;
}
