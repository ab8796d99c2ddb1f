import { createKv } from '../../../../pkg/consul/kv.ts';
import type { DomainContext } from '../../../app/domain.ts';
import type { FlagStorage } from '../../expiry-job.ts';
import { createConsulFlagStore } from './store.ts';

/** Stores flags in Consul, shared by all replicas, and elects the replica that deletes expired ones. */
export function createConsulStorage({ config, logging, consul, elect }: DomainContext): FlagStorage {
  // Cannot happen: a rule of the configuration rejects it.
  if (consul === undefined) throw new Error('flags.store is consul, but consul.enabled is false');
  const { client } = consul;
  const { name } = config.service;
  const logger = logging.component('flags');
  return {
    store: createConsulFlagStore(
      { prefix: `${name}/flags/` },
      {
        kv: createKv(client),
        onUnreadable: (key) => logger.warn({ key }, 'ignored a Consul key that does not contain a flag'),
      },
    ),
    election: elect?.('flag-expiry'),
  };
}
