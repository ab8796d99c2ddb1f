import type { Tracer } from '@opentelemetry/api';
import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createResolver, type Resolver } from '../../pkg/consul/resolver.ts';
import type { HttpClient } from '../../pkg/httpclient/http-client.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';

export interface Discovery {
  readonly resolver: Resolver;
  readonly client: HttpClient;
  close(): Promise<void>;
}

/** Finds other services, and asks them. None without Consul. */
export async function createDiscovery(
  consul: ConsulClient | undefined,
  { metrics, tracer, logging }: { metrics: Metrics; tracer: Tracer | undefined; logging: Logging },
): Promise<Discovery | undefined> {
  if (consul === undefined) return undefined;
  // Only here: the client's library is a third of what the service would load at its start.
  const { createHttpClient } = await import('../../pkg/httpclient/http-client.ts');
  const resolver = createResolver({}, { client: consul, metrics, logger: logging.component('consul') });
  const client = createHttpClient({}, { resolver, metrics, tracer });
  return {
    resolver,
    client,
    async close() {
      await Promise.all([client.close(), resolver.close()]);
    },
  };
}
