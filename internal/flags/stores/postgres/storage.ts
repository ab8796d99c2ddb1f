import type { DomainContext } from '../../../app/domain.ts';
import type { FlagStorage } from '../../expiry-job.ts';
import { createPostgresFlagStore } from './store.ts';

/** Stores flags in PostgreSQL, shared by all replicas. Every replica deletes expired ones. */
export function createPostgresStorage({ postgres }: DomainContext): FlagStorage {
  // Cannot happen: a rule of the configuration rejects it.
  if (postgres === undefined) throw new Error('flags.store is postgres, but postgres.enabled is false');
  return { store: createPostgresFlagStore({}, { postgres }) };
}
