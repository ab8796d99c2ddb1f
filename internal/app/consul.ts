import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createResolver, type Resolver } from '../../pkg/consul/resolver.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { ServiceConfig } from '../config/config.ts';
import { connectConsul } from './consul-client.ts';
import { createRegistrationPart, type RegistrationParts } from './consul-registration.ts';
import { type ConsulStartConfig, createConsulSettingsPart } from './consul-settings.ts';

export interface Consul {
  readonly client: ConsulClient;
  /** Finds other services. */
  readonly resolver: Resolver;
  /** The client, the resolver and the settings. */
  readonly parts: readonly Part[];
  /** To be started last of all. */
  registration(parts: Omit<RegistrationParts, 'config' | 'metrics' | 'logging'>): Part;
}

/** All that the service has of Consul, or nothing when it is not enabled. */
export function createConsul(
  start: ConsulStartConfig,
  { live, metrics, logging }: { live: ServiceConfig; metrics: Metrics; logging: Logging },
): Consul | undefined {
  const { config } = start;
  if (!config.consul.enabled) return undefined;
  const client = connectConsul(start, logging);
  const resolver = createResolver({}, { client, metrics, logger: logging.component('consul') });
  return {
    client,
    resolver,
    parts: [
      { name: 'consul client', stop: () => client.close() },
      { name: 'resolver', stop: () => resolver.close() },
      createConsulSettingsPart(live, { start, client, logging }),
    ],
    registration: (parts) => createRegistrationPart(client, { ...parts, config, metrics, logging }),
  };
}
