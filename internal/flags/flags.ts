import type { Domain, DomainContext } from '../app/domain.ts';
import type { Config } from '../config/config.ts';
import { createExpiryJob, type FlagStorage } from './expiry-job.ts';
import { createFlagsRoutes } from './routes.ts';
import { createFlagService } from './service.ts';
import { createConsulStorage } from './stores/consul/storage.ts';
import { createMemoryFlagStore } from './stores/memory.ts';
import { createPostgresStorage } from './stores/postgres/storage.ts';

/** The storage for each value of `flags.store`. */
const STORAGES: Record<Config['flags']['store'], (context: DomainContext) => FlagStorage> = {
  memory: createMemoryStorage,
  consul: createConsulStorage,
  postgres: createPostgresStorage,
};

/** Creates the example domain: feature flags. */
export function createFlags(context: DomainContext): Domain {
  const { config, metrics, logging } = context;
  const writes = metrics.counter({
    name: 'flags_writes_total',
    help: 'Flag writes by operation and result',
    labelNames: ['operation', 'result'],
  });
  const { store, election } = STORAGES[config.flags.store](context);
  const service = createFlagService({ store, onWrite: (operation, result) => writes.inc({ operation, result }) });
  const options = { intervalMs: config.flags.expiryIntervalMs };
  return {
    routes: createFlagsRoutes(service),
    tags: [{ name: 'flags', description: 'Feature flags. Writes need the entity tag of the state that they replace.' }],
    components: [createExpiryJob(options, { store, election, logger: logging.component('flags') })],
  };
}

function createMemoryStorage({ config, logging }: DomainContext): FlagStorage {
  if (config.environment === 'production') {
    logging.component('flags').warn('flags are kept in memory: replicas do not share them, and a restart loses them');
  }
  return { store: createMemoryFlagStore() };
}
