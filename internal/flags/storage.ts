import type { Election } from './expiry-job.ts';
import type { FlagStore } from './store.ts';

/** Where flags are kept, and which instance clears up there. */
export interface FlagStorage {
  readonly store: FlagStore;
  /** Elects one of the instances that share the store. Absent, each clears up its own. */
  readonly election?: Election;
}
