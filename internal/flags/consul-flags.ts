import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createKv } from '../../pkg/consul/kv.ts';
import { createLeaderElection, type LeaderElection } from '../../pkg/consul/leader-election.ts';
import { createConsulFlagStore } from './consul-store.ts';
import type { FlagStore } from './store.ts';

export interface SharedFlagsOptions {
  /** What is kept in Consul is below it. */
  serviceName: string;
}

export interface SharedFlagsDependencies {
  consul: ConsulClient;
  logger: Logger;
}

/** Flags that all replicas share in Consul, and the election of the one that clears them up. */
export function createSharedFlags(
  { serviceName }: SharedFlagsOptions,
  { consul, logger }: SharedFlagsDependencies,
): { store: FlagStore; election: LeaderElection } {
  return {
    store: createConsulFlagStore(
      { prefix: `${serviceName}/flags/` },
      { kv: createKv(consul), onUnreadable: (key) => logger.warn({ key }, 'this key of Consul holds no flag') },
    ),
    election: createLeaderElection(
      { key: `${serviceName}/leader/flag-expiry`, candidate: `${hostname()} ${process.pid}` },
      { client: consul, logger },
    ),
  };
}
