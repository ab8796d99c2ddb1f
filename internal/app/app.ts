import { createHealth } from '../../pkg/health/health.ts';
import { createHttpMetrics } from '../../pkg/httpserver/http-metrics.ts';
import { openApi } from '../../pkg/httpserver/openapi.ts';
import { addProbes } from '../../pkg/httpserver/probes.ts';
import { createHttpServer } from '../../pkg/httpserver/server.ts';
import { createLifecycle } from '../../pkg/lifecycle/lifecycle.ts';
import { createLogging } from '../../pkg/logging/logging.ts';
import { createMetrics } from '../../pkg/metrics/metrics.ts';
import type { LoadedConfig } from '../config/config.ts';
import { createFlags } from '../flags/flags.ts';
import { addAdminRoutes } from './admin-routes.ts';
import { createConsul, createRegistrationPart } from './consul.ts';
import { addVersionRoute } from './version.ts';

export interface Surroundings {
  /** Address of the pod it runs in, if it does. */
  podIp: string | undefined;
}

/**
 * The whole service: what it is built from and in which order it starts. Runs until it is told to stop.
 *
 * @returns the exit code of the process: 0 after a clean stop, 1 when it could not start or had to be cut.
 */
export async function runApp(loaded: LoadedConfig, { podIp }: Surroundings): Promise<number> {
  const { config, describe } = loaded;
  const { name, version, revision } = config.service;
  const logging = await createLogging({ ...config.log, base: { service: name, version } });
  const { logger } = logging;
  const lifecycle = createLifecycle(config.lifecycle, { logger, flushLogSync: logging.flush });

  const metrics = createMetrics();
  metrics
    .gauge({ name: 'build_info', help: 'Which build runs', labelNames: ['version', 'revision', 'node'] })
    .set({ version, revision, node: process.version }, 1);

  const health = createHealth({ logger: logging.component('health') });
  const consul = createConsul(loaded, logging);
  const flags = createFlags(
    { serviceName: name, environment: config.environment, expiryIntervalMs: config.flags.expiryIntervalMs },
    { metrics, logger: logging.component('flags'), consul: config.flags.store === 'consul' ? consul : undefined },
  );

  const admin = createHttpServer({ ...config.admin, name: 'admin' }, { logger });
  const http = createHttpServer({ ...config.http, name: 'http' }, { logger, metrics: createHttpMetrics(metrics) });
  health.add({ name: 'listener', kind: 'required', cacheMs: 0, check: () => assertListening(http.listening) });

  addProbes(admin.app, health, { detail: true });
  addAdminRoutes(admin.app, { metrics, logging, describeConfig: describe });
  addProbes(http.app, health, { detail: false });
  await http.app.register(openApi, { title: name, version, page: config.environment !== 'production' });
  for (const { app } of [admin, http]) addVersionRoute(app, { name, version, revision, node: process.version });
  await http.app.register(flags.routes, { prefix: '/v1' });

  return lifecycle.run([
    { name: 'log', flush: logging.flush },
    { name: 'admin listener', start: admin.listen, stop: admin.close },
    { name: 'consul client', stop: () => consul?.close() },
    flags.expiryJob,
    { name: 'public listener', start: http.listen, withdraw: http.drain, stop: http.close },
    { name: 'readiness', start: health.markStarted, withdraw: health.markDraining },
    ...(consul ? [createRegistrationPart(consul, { config, podIp, health, metrics, logging, http, admin })] : []),
  ]);
}

function assertListening(listening: boolean): void {
  if (!listening) throw new Error('the public listener is not listening');
}
