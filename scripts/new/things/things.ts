import type { Domain, DomainContext } from '../../../internal/app/domain.ts';
import { createMemoryThingStore } from './memory-store.ts';
import { createThingsRoutes } from './routes.ts';
import { createThingService } from './service.ts';

/** Creates the domain that serves things at /v1/things. */
export function createThings({ metrics }: Pick<DomainContext, 'metrics'>): Domain {
  const writes = metrics.counter({
    name: 'things_writes_total',
    help: 'Successful writes of things',
    labelNames: ['operation'],
  });
  const service = createThingService({
    store: createMemoryThingStore(),
    onWrite: (operation) => writes.inc({ operation }),
  });
  return { routes: createThingsRoutes(service) };
}
