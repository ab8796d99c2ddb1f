import { Type } from 'typebox';
import type { SettingDescription } from '../../pkg/config/print.ts';
import type { HttpApp } from '../../pkg/httpserver/server.ts';
import { LOG_LEVELS, type Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import { scrape } from '../../pkg/metrics/scrape.ts';

export interface AdminRoutesDependencies {
  metrics: Metrics;
  logging: Logging;
  /** The effective configuration, secrets masked. */
  describeConfig(): readonly SettingDescription[];
}

const levelSchema = Type.Object(
  { level: Type.Union(LOG_LEVELS.map((level) => Type.Literal(level))) },
  { additionalProperties: false },
);

/** Routes that require the permission `admin`. */
const ADMIN = { access: 'admin' };

/** Adds the operators' routes other than the probes: metrics, the effective configuration and the log level. */
export function addAdminRoutes(app: HttpApp, { metrics, logging, describeConfig }: AdminRoutesDependencies): void {
  app.get('/metrics', { config: { probe: true, access: 'public' } }, async (request, reply) => {
    const { headers, body } = await scrape(metrics, request.headers);
    return reply.headers(headers).send(body);
  });

  app.get('/config', { config: ADMIN }, async (_request, reply) => {
    // Indented, because people read it too.
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(describeConfig(), null, 2));
  });

  app.get('/loglevel', { config: ADMIN }, async () => ({ level: logging.level }));
  app.put('/loglevel', { config: ADMIN, schema: { body: levelSchema } }, async (request) => {
    const before = logging.level;
    logging.setLevel(request.body.level);
    logging.logger.warn({ before, level: logging.level, remote_address: request.ip }, 'log level changed');
    return { level: logging.level };
  });
}
