import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Health, NO_QUERY, type ProbeQuery, parseProbeQuery } from '../health/health.ts';
import { bareResponse, type ProbeResponse } from '../health/report.ts';
import type { HttpApp } from './server.ts';

export interface ProbesOptions {
  /** Adds names of checks, reasons, `?verbose`, `?exclude=` and `/readyz/<name>`. Not for a public listener. */
  detail: boolean;
}

/** Adds `/healthz`, `/readyz` and `/startupz`. Bodies are `text/plain`, including those of 404 and 503. */
export function addProbes(app: HttpApp, health: Health, { detail }: ProbesOptions): void {
  const route = { config: { probe: true, access: 'public' }, schema: { hide: true } };

  function respondWith(check: (query: ProbeQuery) => Promise<ProbeResponse>) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const result = await check(detail ? queryOf(request) : NO_QUERY);
      return send(reply, detail ? result : bareResponse(result));
    };
  }

  app.get('/healthz', route, respondWith(health.live));
  app.get('/readyz', route, respondWith(health.ready));
  app.get('/startupz', route, respondWith(health.started));
  if (detail) {
    app.get<{ Params: { name: string } }>('/readyz/:name', route, async (request, reply) =>
      send(reply, await health.readyCheck(request.params.name)),
    );
  }
}

function queryOf(request: FastifyRequest): ProbeQuery {
  const [, query = ''] = request.url.split('?', 2);
  return parseProbeQuery(new URLSearchParams(query));
}

function send(reply: FastifyReply, { status, body }: ProbeResponse): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(body);
}
