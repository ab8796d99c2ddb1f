import { hostname } from 'node:os';
import { createHealth } from '../../pkg/health/health.ts';
import { addProbes } from '../../pkg/httpserver/probes.ts';
import { createHttpServer } from '../../pkg/httpserver/server.ts';
import { createEventRecorder } from '../../pkg/kubernetes/events.ts';
import { createLifecycle } from '../../pkg/lifecycle/lifecycle.ts';
import { createLogging } from '../../pkg/logging/logging.ts';
import { createTlsMetrics } from '../../pkg/tls/tls-metrics.ts';
import { traceFields } from '../../pkg/tracing/tracing.ts';
import { createAccess } from '../app/access.ts';
import { addAdminRoutes } from '../app/admin-routes.ts';
import { createMountedFileComponent, followConfiguration } from '../app/configuration.ts';
import { addDebugRoutes } from '../app/debug-routes.ts';
import { adminServerOptions, listenerTls } from '../app/listeners.ts';
import { createProcessMetrics } from '../app/process-metrics.ts';
import { createTracing } from '../app/tracing.ts';
import { addVersionRoute } from '../app/version.ts';
import { createConfiguration } from '../config/config.ts';
import type { ConfigInput } from '../config/layers.ts';
import { connectKubernetes } from '../kubernetes/client.ts';
import { createElections } from '../kubernetes/elections.ts';
import { createCaches } from './caches.ts';
import type { CreateController } from './controller.ts';
import { createWorkers } from './workers.ts';

/**
 * Builds the controllers, starts them, and runs them until a signal stops them.
 *
 * @returns the exit code of the process: 0 after a clean stop, 1 if it could not start or did not stop in time.
 * @throws ConfigError listing every problem in the configuration, or where a cluster was looked for.
 */
export async function runController(
  input: ConfigInput,
  createControllers: readonly CreateController[],
): Promise<number> {
  const configuration = createConfiguration(input);
  const { env } = input;
  const config = configuration.current;
  const { version, revision } = config.service;
  const name = `${config.service.name}-controller`;
  const self = { name, version, revision, node: process.version };
  const logging = await createLogging({ ...config.log, base: { service: name, version }, mixin: traceFields });
  const { logger } = logging;
  const { metrics, stop: stopRuntimeMetrics } = createProcessMetrics(self, logging);
  followConfiguration(configuration, { metrics, logging });
  // No load balancer sends requests to this program, so it need not wait before it releases the Lease.
  const times = { ...config.lifecycle, drainDelayMs: 0 };
  const lifecycle = createLifecycle(times, { logger, flushLogSync: logging.flush });
  const tracing = await createTracing(
    { ...config, service: self },
    { env, metrics, logger: logging.component('tracing') },
  );
  const health = createHealth({ logger: logging.component('health') });

  const client = connectKubernetes(config, { env, metrics, tracer: tracing?.tracer });
  const namespace = config.kubernetes.namespace ?? client.namespace;
  const kubernetes = { client, metrics, logger: logging.component('kubernetes') };
  const caches = createCaches({ namespace: config.controller.namespace }, kubernetes);
  const controllers = createControllers.map((createController) =>
    createController({
      config,
      fieldManager: name,
      logger: logging.component('controller'),
      createCache: caches.createCache,
    }),
  );
  const { leaderElection, leaseName = name } = config.controller;
  const election = leaderElection ? createElections({ namespace }, kubernetes)(leaseName) : undefined;
  const workers = createWorkers(config.controller, {
    controllers,
    caches,
    election,
    client,
    createEvents: (fenced) =>
      createEventRecorder({ controller: name, instance: hostname() }, { ...kubernetes, client: fenced }),
    metrics,
    tracer: tracing?.tracer,
    logger: logging.component('controller'),
  });

  const access = await createAccess(config, { metrics, logger: logging.component('auth') });
  for (const check of [...access.checks, caches.check]) health.add(check);
  const tls = { logger: logging.component('tls'), metrics: createTlsMetrics(metrics) };
  const admin = createHttpServer(adminServerOptions(config), {
    logger,
    audit: logging.writeAudit,
    access: access.admin,
    tls: listenerTls('admin', config.admin.tls, tls),
  });
  addProbes(admin.app, health, { detail: true });
  addAdminRoutes(admin.app, { metrics, logging, describeConfig: configuration.describe });
  addDebugRoutes(admin.app, config.debug);
  addVersionRoute(admin.app, self);

  return lifecycle.run([
    { name: 'log', flush: logging.drained },
    { name: 'tracing', flush: async (signal) => tracing?.shutdown(signal) },
    { name: 'runtime metrics', stop: stopRuntimeMetrics },
    { name: 'admin listener', start: admin.listen, stop: admin.close },
    ...access.components,
    createMountedFileComponent(configuration),
    { name: 'kubernetes client', stop: client.close },
    ...caches.components(),
    workers,
    { name: 'readiness', start: health.markStarted, drain: health.markDraining },
  ]);
}
