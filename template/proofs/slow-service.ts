/**
 * The service as internal/app/app.ts puts it together, with what that one has no reason to have: `GET /slow?ms=`, which
 * answers after that time, and a part that scrapes the metrics between the stops of the two listeners, when the last
 * request has just ended.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { createAccess } from '../../internal/app/access.ts';
import { addAdminRoutes } from '../../internal/app/admin-routes.ts';
import { loadConfig } from '../../internal/config/config.ts';
import { createHealth } from '../../pkg/health/health.ts';
import { addProbes } from '../../pkg/httpserver/probes.ts';
import { createHttpServer } from '../../pkg/httpserver/server.ts';
import { createAccessLog } from '../../pkg/httpserver/telemetry/access-log.ts';
import { createHttpMetrics } from '../../pkg/httpserver/telemetry/http-metrics.ts';
import { createLifecycle } from '../../pkg/lifecycle/lifecycle.ts';
import { createLogging } from '../../pkg/logging/logging.ts';
import { createMetrics } from '../../pkg/metrics/metrics.ts';
import { createItemsDomain } from '../support/items.ts';

const { config, describe } = loadConfig({
  env: process.env,
  set: [],
  defaultConfigDir: join(import.meta.dirname, '../../config'),
});
const logging = await createLogging({ ...config.log, base: { service: 'slow-service' } });
const { logger } = logging;
const metrics = createMetrics();
const health = createHealth({ logger });
const access = await createAccess(config, { metrics, logger });
const admin = createHttpServer({ ...config.admin, name: 'admin' }, { logger, access: access.admin });
const http = createHttpServer(
  { ...config.http, name: 'http' },
  {
    logger,
    metrics: createHttpMetrics(metrics),
    accessLog: createAccessLog(config.log.access, logging.lineWriter('request')),
    access: access.http,
  },
);

addProbes(admin.app, health, { detail: true });
addAdminRoutes(admin.app, { metrics, logging, describeConfig: describe });
addProbes(http.app, health, { detail: false });
await http.app.register(createItemsDomain({ metrics }).routes, { prefix: '/v1' });
const querystring = Type.Object({ ms: Type.Integer({ minimum: 0 }) });
http.app.get('/slow', { config: { access: 'public' }, schema: { querystring } }, async (request) => {
  await sleep(request.query.ms);
  return { waitedMs: request.query.ms };
});

async function scrape(): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${admin.address()?.port}/metrics`);
  logger.info({ metrics: await response.text() }, 'last scrape');
}

const lifecycle = createLifecycle(config.lifecycle, { logger, flushLogSync: logging.flush });
process.exit(
  await lifecycle.run([
    { name: 'log', flush: logging.flush },
    { name: 'admin listener', start: admin.listen, stop: admin.close },
    { name: 'last scrape', stop: scrape },
    { name: 'public listener', start: http.listen, withdraw: http.drain, stop: http.close },
    { name: 'readiness', start: health.markStarted, withdraw: health.markDraining },
  ]),
);
