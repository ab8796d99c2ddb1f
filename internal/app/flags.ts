import { createSharedFlags } from '../flags/consul-flags.ts';
import { createFlags } from '../flags/flags.ts';
import type { Domain, DomainContext } from './domain.ts';

export function createFlagsDomain({ config, metrics, logging, consul }: DomainContext): Domain {
  const logger = logging.component('flags');
  const shared =
    config.flags.store === 'consul' && consul
      ? createSharedFlags({ serviceName: config.service.name }, { consul: consul.client, logger })
      : undefined;
  return createFlags(
    { environment: config.environment, expiryIntervalMs: config.flags.expiryIntervalMs },
    { metrics, logger, ...shared },
  );
}
