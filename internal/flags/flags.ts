import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Logger } from 'pino';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { createExpiryJob, type Election } from './expiry-job.ts';
import { createMemoryFlagStore } from './memory-store.ts';
import { createFlagsRoutes } from './routes.ts';
import { createFlagService } from './service.ts';
import type { FlagStore } from './store.ts';

export interface FlagsOptions {
  environment: string;
  /** Milliseconds between rounds of the expiry job. */
  expiryIntervalMs: number;
}

export interface FlagsDependencies {
  metrics: Metrics;
  logger: Logger;
  /** Where flags are kept when replicas share them. Default: in memory. */
  store?: FlagStore | undefined;
  /** Who of those replicas clears up. Default: each for its own. */
  election?: Election | undefined;
}

export interface Flags {
  /** The app registers them under the prefix of the API's version. */
  readonly routes: FastifyPluginAsyncTypebox;
  /** The expiry job. */
  readonly parts: readonly Part[];
}

/** The example domain, put together. */
export function createFlags(
  { environment, expiryIntervalMs }: FlagsOptions,
  { metrics, logger, store: shared, election }: FlagsDependencies,
): Flags {
  const writes = metrics.counter({
    name: 'flags_writes_total',
    help: 'Writes of flags by what they were and how they ended',
    labelNames: ['operation', 'result'],
  });
  if (environment === 'production' && shared === undefined) {
    logger.warn('flags are kept in memory: replicas do not share them, and a restart loses them');
  }
  const store = shared ?? createMemoryFlagStore();
  const service = createFlagService({ store, onWrite: (operation, result) => writes.inc({ operation, result }) });
  return {
    routes: createFlagsRoutes(service),
    parts: [createExpiryJob({ intervalMs: expiryIntervalMs }, { store, logger, election })],
  };
}
