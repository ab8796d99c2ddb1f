import { hostname } from 'node:os';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createLeaderElection } from '../../pkg/consul/leader-election.ts';
import { createResolver, type Resolver } from '../../pkg/consul/resolver.ts';
import type { Connection, IntegrationContext } from '../app/integration.ts';
import { connectConsul } from './client.ts';
import { createRegistrationComponent } from './registration.ts';
import { createSettingsComponent } from './settings.ts';

/** What domains can use from Consul. */
export interface Consul {
  readonly client: ConsulClient;
  /** Finds other services. */
  readonly resolver: Resolver;
}

export function connect({ configuration, env, metrics, logging }: IntegrationContext): Connection<Consul> {
  const client = connectConsul(configuration, logging);
  const logger = logging.component('consul');
  const resolver = createResolver({}, { client, metrics, logger });
  const { name: service } = configuration.current.service;
  const candidate = `${hostname()} ${process.pid}`;
  return {
    offer: { client, resolver },
    resolver,
    elect: (name) => createLeaderElection({ key: `${service}/leader/${name}`, candidate }, { client, logger }),
    components: [
      { name: 'consul client', stop: () => client.close() },
      { name: 'resolver', stop: () => resolver.close() },
      createSettingsComponent(configuration, { client, logging }),
    ],
    announce: (running) => [
      createRegistrationComponent(configuration.current, { ...running, client, podIp: env.POD_IP, metrics, logging }),
    ],
  };
}
