import type { ConsulClient } from '../../pkg/consul/client.ts';
import { createRegistration } from '../../pkg/consul/registration.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Running } from '../app/integration.ts';
import type { Config } from '../config/config.ts';

export interface RegistrationDependencies extends Running {
  client: ConsulClient;
  /** Address of the pod, from Kubernetes' downward API. */
  podIp: string | undefined;
  metrics: Metrics;
  logging: Logging;
}

/** Registers this instance with the agent, and adds the registration's metric and its informational health check. */
export function createRegistrationComponent(
  config: Config,
  { client, podIp, health, metrics, logging, http, admin }: RegistrationDependencies,
): Component {
  const { name, version, revision } = config.service;
  const { address, tags, checkPath, checkIntervalMs, checkTimeoutMs, deregisterAfterMs } = config.consul.service;
  const registration = createRegistration(
    {
      name,
      tags,
      meta: { version, revision, protocol: config.http.tls.certFile === undefined ? 'http' : 'https' },
      address,
      podIp,
      check: {
        path: checkPath,
        intervalMs: checkIntervalMs,
        timeoutMs: checkTimeoutMs,
        tls: config.admin.tls.certFile !== undefined,
        deregisterAfterMs,
      },
    },
    {
      client,
      logger: logging.component('consul'),
      ports: () => ({
        service: http.address()?.port ?? config.http.port,
        admin: admin.address()?.port ?? config.admin.port,
      }),
      ready: async () => (await health.ready()).status === 200,
    },
  );
  health.add({ name: 'consul', kind: 'informational', cacheMs: 0, check: registration.check });
  metrics.gauge({
    name: 'consul_registered',
    help: 'Whether this instance is registered with the Consul agent (1) or not (0)',
    collect: () => (registration.registered ? 1 : 0),
  });
  return { name: 'consul registration', start: registration.start, drain: registration.deregister };
}
