import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Logger } from 'pino';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { createMemoryFlagStore } from './memory-store.ts';
import { createFlagsRoutes } from './routes.ts';
import { createFlagService } from './service.ts';

export interface FlagsDependencies {
  metrics: Metrics;
  logger: Logger;
  environment: string;
}

/** The example domain, put together. The app registers its routes under the prefix of the API's version. */
export function createFlags({ metrics, logger, environment }: FlagsDependencies): {
  routes: FastifyPluginAsyncTypebox;
} {
  const writes = metrics.counter({
    name: 'flags_writes_total',
    help: 'Writes of flags by what they were and how they ended',
    labelNames: ['operation', 'result'],
  });
  if (environment === 'production') {
    logger.warn('flags are kept in memory: replicas do not share them, and a restart loses them');
  }
  const service = createFlagService({
    store: createMemoryFlagStore(),
    onWrite: (operation, result) => writes.inc({ operation, result }),
  });
  return { routes: createFlagsRoutes(service) };
}
