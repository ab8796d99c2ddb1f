import { hostname } from 'node:os';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Logger } from 'pino';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createKv } from '../../pkg/consul/kv.ts';
import { createLeaderElection } from '../../pkg/consul/leader-election.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { createConsulFlagStore } from './consul-store.ts';
import { createExpiryJob } from './expiry-job.ts';
import { createMemoryFlagStore } from './memory-store.ts';
import { createFlagsRoutes } from './routes.ts';
import { createFlagService } from './service.ts';

export interface FlagsOptions {
  /** Name of the service; what it keeps in Consul is below it. */
  serviceName: string;
  environment: string;
  /** Milliseconds between rounds of the expiry job. */
  expiryIntervalMs: number;
}

export interface FlagsDependencies {
  metrics: Metrics;
  logger: Logger;
  /** Where flags are kept. Default: in memory. */
  consul?: ConsulClient | undefined;
}

export interface Flags {
  /** The app registers them under the prefix of the API's version. */
  readonly routes: FastifyPluginAsyncTypebox;
  readonly expiryJob: Part;
}

/** The example domain, put together. */
export function createFlags(
  { serviceName, environment, expiryIntervalMs }: FlagsOptions,
  { metrics, logger, consul }: FlagsDependencies,
): Flags {
  const writes = metrics.counter({
    name: 'flags_writes_total',
    help: 'Writes of flags by what they were and how they ended',
    labelNames: ['operation', 'result'],
  });
  if (environment === 'production' && consul === undefined) {
    logger.warn('flags are kept in memory: replicas do not share them, and a restart loses them');
  }
  const store =
    consul === undefined
      ? createMemoryFlagStore()
      : createConsulFlagStore(
          { prefix: `${serviceName}/flags/` },
          { kv: createKv(consul), onUnreadable: (key) => logger.warn({ key }, 'this key of Consul holds no flag') },
        );
  const election =
    consul &&
    createLeaderElection(
      { key: `${serviceName}/leader/flag-expiry`, candidate: `${hostname()} ${process.pid}` },
      { client: consul, logger },
    );
  const service = createFlagService({ store, onWrite: (operation, result) => writes.inc({ operation, result }) });
  return {
    routes: createFlagsRoutes(service),
    expiryJob: createExpiryJob({ intervalMs: expiryIntervalMs }, { store, logger, election }),
  };
}
