import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Type } from 'typebox';
import type { SettingDescription } from '../../pkg/config/print.ts';
import type { HttpApp } from '../../pkg/httpserver/server.ts';
import { LOG_LEVELS, type Logging } from '../../pkg/logging/logging.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';

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

const compress = promisify(gzip);

/** RFC 9110 §12.5.3. A weight of 0 excludes a coding. */
function acceptsGzip(acceptEncoding = ''): boolean {
  const codings = acceptEncoding.split(',').map((coding) => coding.trim());
  return codings.some((coding) => /^gzip\b/i.test(coding) && !/q=0(?:\.0*)?$/i.test(coding));
}

/** Adds the operators' routes other than the probes: metrics, the effective configuration and the log level. */
export function addAdminRoutes(app: HttpApp, { metrics, logging, describeConfig }: AdminRoutesDependencies): void {
  app.get('/metrics', { config: { probe: true, access: 'public' } }, async (request, reply) => {
    const { contentType, body } = await metrics.expose(request.headers.accept);
    reply.type(contentType).header('vary', 'accept, accept-encoding');
    if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(body);
    return reply.header('content-encoding', 'gzip').send(await compress(body, { level: 1 }));
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
