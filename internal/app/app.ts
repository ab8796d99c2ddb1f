import packageJson from '../../package.json' with { type: 'json' };
import { createHealth } from '../../pkg/health/health.ts';
import { createMaintenance } from '../../pkg/health/maintenance.ts';
import { createRateLimit } from '../../pkg/httpserver/admission/rate-limit.ts';
import { addMaintenanceRoutes } from '../../pkg/httpserver/maintenance-routes.ts';
import { openApi } from '../../pkg/httpserver/openapi.ts';
import { addProbes } from '../../pkg/httpserver/probes.ts';
import { createHttpServer, type HttpServer } from '../../pkg/httpserver/server.ts';
import { createAccessLog } from '../../pkg/httpserver/telemetry/access-log.ts';
import { createHttpMetrics } from '../../pkg/httpserver/telemetry/http-metrics.ts';
import { createLifecycle } from '../../pkg/lifecycle/lifecycle.ts';
import { stopWithNpm } from '../../pkg/lifecycle/stop-with-npm.ts';
import { createLogging } from '../../pkg/logging/logging.ts';
import { createTlsMetrics } from '../../pkg/tls/tls-metrics.ts';
import { traceFields } from '../../pkg/tracing/tracing.ts';
import { createConfiguration } from '../config/config.ts';
import type { ConfigInput } from '../config/layers.ts';
import { createAccess, warnOfOpenAccess } from './access.ts';
import { addAdminRoutes } from './admin-routes.ts';
import { createMountedFileComponent, followConfiguration } from './configuration.ts';
import { configureIntegrations, connectIntegrations } from './connections.ts';
import { addDebugRoutes } from './debug-routes.ts';
import { loadDevtools } from './devtools.ts';
import type { CreateDomain } from './domain.ts';
import { createServiceClient } from './http-client.ts';
import { addIndexRoute } from './index-route.ts';
import { adminServerOptions, listenerTls } from './listeners.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { createRestartLog } from './restart-log.ts';
import { createTracing } from './tracing.ts';
import { addVersionRoute, SERVICE_TAG } from './version.ts';

/**
 * Builds the whole service, starts it, and runs it until a signal stops it.
 *
 * @param inspect receives the servers with their routes instead of starting them.
 * @returns the exit code of the process: 0 after a clean stop, 1 if it could not start or did not stop in time.
 * @throws ConfigError listing every problem in the configuration, before any port is opened.
 */
export async function runApp(
  input: ConfigInput,
  createDomains: readonly CreateDomain[],
  inspect?: (servers: readonly HttpServer[]) => Promise<number>,
): Promise<number> {
  const configuration = createConfiguration(input);
  await configureIntegrations(configuration);
  const { env } = input;
  const config = configuration.current;
  const { name, version, revision } = config.service;
  const self = { name, version, revision, node: process.version };
  const devtools = await loadDevtools(config.environment);
  const logging = await createLogging({
    ...config.log,
    base: { service: name, version },
    mixin: traceFields,
  });
  const { logger } = logging;
  if (devtools) logging.addReader(devtools.onLine);
  const { metrics, stop: stopRuntimeMetrics } = createProcessMetrics(self, logging);
  followConfiguration(configuration, { metrics, logging });
  const { lifecycleLogger, components: restartLog } = createRestartLog(env, logging);
  const lifecycle = createLifecycle(config.lifecycle, { logger: lifecycleLogger, flushLogSync: logging.flush });
  stopWithNpm(lifecycle.stop, { env });
  const tracing = await createTracing(config, {
    env,
    metrics,
    logger: logging.component('tracing'),
    devtools,
  });
  const health = createHealth({ logger: logging.component('health') });
  const maintenance = createMaintenance({ logger: logging.component('health'), metrics });
  health.add(maintenance.check);
  const { connections, ...offers } = await connectIntegrations({ configuration, env, metrics, logging });
  const resolver = connections.find((connection) => connection.resolver)?.resolver;
  const client = createServiceClient({ resolver, metrics, tracer: tracing?.tracer });
  const context = { config, self, metrics, logging, client, ...offers };
  const domains = createDomains.map((createDomain) => createDomain(context));

  const access = await createAccess(config, { metrics, logger: logging.component('auth') });
  for (const check of access.checks) health.add(check);
  warnOfOpenAccess(config, logging.component('auth'));

  const tls = { logger: logging.component('tls'), metrics: createTlsMetrics(metrics) };
  const admin = createHttpServer(adminServerOptions(config), {
    logger,
    audit: logging.writeAudit,
    access: access.admin,
    tls: listenerTls('admin', config.admin.tls, tls),
  });
  const rateLimit = createRateLimit(config.rateLimit);
  configuration.subscribe(['rateLimit.max', 'rateLimit.window'], (changed) => rateLimit.configure(changed.rateLimit));
  const http = createHttpServer(
    { ...config.http, overload: config.overload, name: 'http' },
    {
      logger,
      metrics: createHttpMetrics(metrics),
      tracer: tracing?.tracer,
      accessLog: createAccessLog(config.log.access, logging.lineWriter('request')),
      audit: logging.writeAudit,
      access: access.http,
      tls: listenerTls('http', config.http.tls, tls),
      rateLimit,
    },
  );
  health.add({ name: 'listener', kind: 'required', cacheMs: 0, check: () => assertListening(http.listening) });

  devtools?.attach({ admin, http, service: self, configuration, offers });
  addProbes(admin.app, health, { detail: true });
  addAdminRoutes(admin.app, { metrics, logging, describeConfig: configuration.describe });
  addMaintenanceRoutes(admin.app, maintenance);
  addDebugRoutes(admin.app, config.debug);
  addProbes(http.app, health, { detail: false });
  await http.app.register(openApi, {
    ...{ title: name, version, description: packageJson.description },
    tags: [SERVICE_TAG, ...domains.flatMap(({ tags = [] }) => tags)],
    ...{ bearer: config.auth.enabled, page: config.environment !== 'production' },
  });
  for (const { app } of [admin, http]) addVersionRoute(app, self);
  for (const { routes } of domains) if (routes) await http.app.register(routes, { prefix: '/v1' });

  if (inspect) return inspect([admin, http]);
  return lifecycle.run([
    { name: 'log', flush: logging.drained },
    { name: 'tracing', flush: async (signal) => tracing?.shutdown(signal) },
    { name: 'runtime metrics', stop: stopRuntimeMetrics },
    { name: 'admin listener', start: admin.listen, stop: admin.close },
    ...connections.flatMap(({ components = [] }) => components),
    { name: 'http client', stop: client.close },
    createMountedFileComponent(configuration),
    ...domains.flatMap(({ components = [] }) => components),
    ...access.components,
    { name: 'public listener', start: http.listen, drain: http.drain, stop: http.close },
    ...(config.environment === 'development' ? [addIndexRoute({ http, admin, logger, self })] : []),
    ...restartLog,
    { name: 'readiness', start: health.markStarted, drain: health.markDraining },
    ...connections.flatMap(({ announce }) => announce?.({ health, http, admin }) ?? []),
  ]);
}

function assertListening(listening: boolean): void {
  if (!listening) throw new Error('the public listener is not listening');
}
