import type { KubernetesClient } from '../../pkg/kubernetes/client.ts';
import { createEndpointSliceResolver, type EndpointSliceResolver } from '../../pkg/kubernetes/endpoint-slices.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Connection } from '../app/integration.ts';
import type { Config } from '../config/config.ts';
import { type ConnectDependencies, connectKubernetes } from './client.ts';
import { createElections } from './elections.ts';

/** What domains can use from Kubernetes. */
export interface Kubernetes {
  readonly client: KubernetesClient;
  /** The namespace of this service. */
  readonly namespace: string;
  /** Finds other services: `orders` in this namespace, `orders.shop` in another one. */
  readonly resolver: EndpointSliceResolver;
}

/** Connects the service to the cluster that it runs in. */
export function connect(
  config: Config,
  { logging, ...dependencies }: ConnectDependencies & { logging: Logging },
): Connection<Kubernetes> {
  const { metrics } = dependencies;
  const client = connectKubernetes(config, dependencies);
  const namespace = config.kubernetes.namespace ?? client.namespace;
  const logger = logging.component('kubernetes');
  const resolver = createEndpointSliceResolver({ namespace }, { client, logger });
  const elect = createElections({ namespace }, { client, metrics, logger });
  return {
    offer: { client, namespace, resolver },
    resolver,
    elect: (name) => elect(`${config.service.name}-${name}`),
    components: [
      { name: 'kubernetes client', stop: client.close },
      { name: 'endpoint slices', stop: () => resolver.close() },
    ],
  };
}
