import { hostname } from 'node:os';
import { createKv } from '../../../../pkg/consul/kv.ts';
import { createLeaderElection } from '../../../../pkg/consul/leader-election.ts';
import type { DomainContext } from '../../../app/domain.ts';
import type { FlagStorage } from '../../storage.ts';
import { createConsulFlagStore } from './store.ts';

/** Keeps flags in Consul, where all replicas share them, and elects the one that clears up. */
export function createConsulStorage({ config, logging, consul }: DomainContext): FlagStorage {
  // A rule of the configuration rejects this before.
  if (consul === undefined) throw new Error('flags.store is consul, and consul.enabled is not true');
  const { client } = consul;
  const { name } = config.service;
  const logger = logging.component('flags');
  return {
    store: createConsulFlagStore(
      { prefix: `${name}/flags/` },
      { kv: createKv(client), onUnreadable: (key) => logger.warn({ key }, 'this key of Consul holds no flag') },
    ),
    election: createLeaderElection(
      { key: `${name}/leader/flag-expiry`, candidate: `${hostname()} ${process.pid}` },
      { client, logger },
    ),
  };
}
