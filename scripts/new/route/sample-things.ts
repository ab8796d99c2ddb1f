import type { Domain, DomainContext } from '../../../internal/app/domain.ts';
import { createSampleThingsRoutes } from './routes.ts';
import { createSampleThingService } from './service.ts';
import { createMemorySampleThingStore } from './stores/memory.ts';

/** Creates the domain that serves sample things at /v1/sample-things. */
export function createSampleThings({ config, metrics, logging }: DomainContext): Domain {
  if (config.environment === 'production') {
    const logger = logging.component('sample-things');
    logger.warn('sample things are kept in memory: replicas do not share them, and a restart loses them');
  }
  const writes = metrics.counter({
    name: 'sample_things_writes_total',
    help: 'Successful writes of sample things',
    labelNames: ['operation'],
  });
  const service = createSampleThingService({
    store: createMemorySampleThingStore(),
    onWrite: (operation) => writes.inc({ operation }),
  });
  return {
    routes: createSampleThingsRoutes(service),
    tags: [{ name: 'sample-things', description: 'The sample things.' }],
  };
}
