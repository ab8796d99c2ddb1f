import type { Term } from '../app/integration.ts';
import type { Flag } from './model.ts';

/** A flag with its revision. */
export interface StoredFlag {
  readonly value: Flag;
  /**
   * Opaque identifier of this state of the flag, used as its entity tag: printable ASCII without spaces and quotes. It is
   * unique across all states of all flags, including flags that were deleted and created again, and across replicas that
   * do not share a store.
   */
  readonly revision: string;
}

/** The state that a write expects: the revision that was read, or no flag. */
export type Expected = Pick<StoredFlag, 'revision'> | 'absent';

export type PutResult =
  | { readonly outcome: 'stored'; readonly revision: string }
  /** The flag was not in the expected state. Nothing was written. */
  | { readonly outcome: 'conflict' }
  /** The store has reached its maximum number of flags. Nothing was written. */
  | { readonly outcome: 'full' };

/**
 * Stores flags. Every method treats an expired flag as absent, and a write may replace it. A method rejects only if the
 * store itself fails.
 *
 * @typeParam Fence the type of condition that this store supports for {@link Term}.
 */
export interface FlagStore<Fence = unknown> {
  /** With `consistent`, the result reflects every write that completed before; otherwise it may be slightly stale. */
  get(key: string, options?: { consistent?: boolean }): Promise<StoredFlag | undefined>;
  /** Returns the first `limit` flags, ordered by key, whose key is greater than `after` (default: from the start). */
  list(options: { after?: string | undefined; limit: number }): Promise<Flag[]>;
  /** Writes the flag if it is in the expected state. Comparison and write are atomic. */
  put(value: Flag, expected: Expected): Promise<PutResult>;
  /** Deletes the flag if it is in the expected state. Comparison and deletion are atomic. */
  delete(key: string, expected: Pick<StoredFlag, 'revision'>): Promise<'deleted' | 'conflict'>;
  /** Deletes expired flags and returns how many it deleted. */
  reclaimExpired(term: Term<Fence>): Promise<number>;
}
