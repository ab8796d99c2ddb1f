import type { Domain, DomainContext } from '../../../internal/app/domain.ts';
import { createSampleThingsRoutes } from '../route/routes.ts';
import { createSampleThingService } from '../route/service.ts';
import { createMemorySampleThingStore } from '../route/stores/memory.ts';
import { createPostgresSampleThingStore } from './stores/postgres.ts';

/** Creates the domain that serves sample things at /v1/sample-things. They are stored in Postgres if it is enabled. */
export function createSampleThings({ config, metrics, logging, postgres }: DomainContext): Domain {
  if (postgres === undefined && config.environment === 'production') {
    const logger = logging.component('sample-things');
    logger.warn('sample things are kept in memory: replicas do not share them, and a restart loses them');
  }
  const writes = metrics.counter({
    name: 'sample_things_writes_total',
    help: 'Successful writes of sample things',
    labelNames: ['operation'],
  });
  const service = createSampleThingService({
    store: postgres === undefined ? createMemorySampleThingStore() : createPostgresSampleThingStore(postgres),
    onWrite: (operation) => writes.inc({ operation }),
  });
  return { routes: createSampleThingsRoutes(service) };
}
