import type { Election } from './expiry-job.ts';
import type { FlagStore } from './store.ts';

/** A store of flags, and the election of the instance that deletes expired flags from it. */
export interface FlagStorage {
  readonly store: FlagStore;
  /** Elects one of the instances that share the store. Absent if each instance has a store of its own. */
  readonly election?: Election;
}
