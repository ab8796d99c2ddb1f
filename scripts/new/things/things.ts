import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Metrics } from '../../../pkg/metrics/metrics.ts';
import { createMemoryThingStore } from './memory-store.ts';
import { createThingsRoutes } from './routes.ts';
import { createThingService } from './service.ts';

/** Things, put together. */
export function createThings({ metrics }: { metrics: Metrics }): { routes: FastifyPluginAsyncTypebox } {
  const writes = metrics.counter({ name: 'things_writes_total', help: 'Writes of things', labelNames: ['operation'] });
  const service = createThingService({
    store: createMemoryThingStore(),
    onWrite: (operation) => writes.inc({ operation }),
  });
  return { routes: createThingsRoutes(service) };
}
