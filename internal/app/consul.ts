import { readFileSync } from 'node:fs';
import { type ConsulClient, createConsulClient } from '../../pkg/consul/client.ts';
import { createRegistration } from '../../pkg/consul/registration.ts';
import { createTokenSource } from '../../pkg/consul/token-source.ts';
import type { Health } from '../../pkg/health/health.ts';
import type { HttpServer } from '../../pkg/httpserver/server.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { LoadedConfig } from '../config/config.ts';

/** A client of the agent that the configuration names, or none when Consul is not enabled. At start there is no log yet. */
export function createConsul(
  { config, secretFile }: Pick<LoadedConfig, 'config' | 'secretFile'>,
  logging?: Logging,
): ConsulClient | undefined {
  const { enabled, address, datacenter, timeoutMs, token, caFile, certFile, keyFile } = config.consul;
  if (!enabled) return undefined;
  const logger = logging?.component('consul');
  const tls = {
    ca: readPem('consul.caFile', caFile),
    cert: readPem('consul.certFile', certFile),
    key: readPem('consul.keyFile', keyFile),
  };
  const file = secretFile('consul.token');
  const onUnreadable = (error: unknown) => logger?.error({ err: error, file }, 'the token cannot be read any more');
  return createConsulClient(
    { address, datacenter, timeoutMs, tls },
    { token: createTokenSource({ token, file }, { onUnreadable }) },
  );
}

function readPem(key: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${key}: ${file} cannot be read`, { cause: error });
  }
}

export interface RegistrationParts {
  config: LoadedConfig['config'];
  /** Address of the pod, as Kubernetes gives it. */
  podIp: string | undefined;
  health: Health;
  metrics: Metrics;
  logging: Logging;
  http: HttpServer;
  admin: HttpServer;
}

/** The registration of this instance, with its metric and its (informational) check. */
export function createRegistrationPart(
  client: ConsulClient,
  { config, podIp, health, metrics, logging, http, admin }: RegistrationParts,
): Part {
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
    help: 'Whether the agent is known to have this instance',
    collect: () => (registration.registered ? 1 : 0),
  });
  return { name: 'consul registration', start: registration.start, withdraw: registration.withdraw };
}
