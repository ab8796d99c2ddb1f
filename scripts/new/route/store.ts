import type { SampleThing } from './model.ts';

/** A sample thing with its revision. */
export interface StoredSampleThing {
  readonly value: SampleThing;
  /**
   * Opaque identifier of this state, used as its entity tag: printable ASCII without spaces and quotes. It is unique
   * across all states of all sample things, and across replicas that do not share a store.
   */
  readonly revision: string;
}

/** The state that a write expects: the revision that was read, or nothing stored. */
export type Expected = Pick<StoredSampleThing, 'revision'> | 'absent';

export type PutResult =
  | { readonly outcome: 'stored'; readonly revision: string }
  /** The stored state was not the expected one. Nothing was written. */
  | { readonly outcome: 'conflict' };

/** Stores sample things. A method rejects only if the store itself fails. */
export interface SampleThingStore {
  get(id: string): Promise<StoredSampleThing | undefined>;
  /** Returns the first `limit` values, ordered by id, whose id is greater than `after` (default: from the start). */
  list(options: { after?: string | undefined; limit: number }): Promise<SampleThing[]>;
  /** Writes the value if the stored state is the expected one. Comparison and write are atomic. */
  put(value: SampleThing, expected: Expected): Promise<PutResult>;
  /** Deletes the value if the stored state is the expected one. Comparison and deletion are atomic. */
  delete(id: string, expected: Pick<StoredSampleThing, 'revision'>): Promise<'deleted' | 'conflict'>;
}
