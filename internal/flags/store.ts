import type { Flag } from './model.ts';

/** A flag and the store's opaque name for this very state of it: printable ASCII without spaces and quotes. */
export interface StoredFlag {
  readonly flag: Flag;
  /**
   * Differs from that of every other state of every flag, also of one deleted and created again, and of a flag of the
   * same key in a store that is not shared. It is what an entity tag quotes.
   */
  readonly revision: string;
}

/** What a write expects to find: the state that was read, or no flag. */
export type Expected = Pick<StoredFlag, 'revision'> | 'absent';

export type PutResult =
  | { readonly outcome: 'stored'; readonly revision: string }
  /** The flag is not in the expected state; nothing was written. */
  | { readonly outcome: 'conflict' }
  /** The flag would be one too many; nothing was written. */
  | { readonly outcome: 'full' };

/** How long, and under which condition, this instance may clear up a store that is shared. */
export interface Term<Fence = unknown> {
  readonly signal: AbortSignal;
  /** Goes into each change: it takes effect only while this holds. */
  readonly fence?: Fence;
}

/**
 * Where flags are kept. An expired flag is absent for every method, as if deleted at that instant; the store drops
 * what is left of it when it is in the way of a write. A method rejects only when the store itself fails.
 *
 * @typeParam Fence what a change of this store can be made to depend on; see {@link Term}.
 */
export interface FlagStore<Fence = unknown> {
  /** With `consistent`, what every write that was answered before has left; otherwise it may be a moment old. */
  get(key: string, options?: { consistent?: boolean }): Promise<StoredFlag | undefined>;
  /** Flags in the order of their keys: the first `limit` of those whose key is greater than `after`, if given. */
  list(options: { after?: string | undefined; limit: number }): Promise<Flag[]>;
  /** Writes the flag if it is in the expected state, in one step with the comparison. */
  put(flag: Flag, expected: Expected): Promise<PutResult>;
  /** Deletes the flag if it is in the expected state, in one step with the comparison. */
  delete(key: string, expected: Pick<StoredFlag, 'revision'>): Promise<'deleted' | 'conflict'>;
  /** Drops what is left of expired flags, and says how many there were. */
  reclaimExpired(term: Term<Fence>): Promise<number>;
}
