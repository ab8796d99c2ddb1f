/**
 * The row `flags`: bare Fastify with the routes of flags. It has their schemas, but its handlers only do what the responses
 * require. With TLS_CERT and TLS_KEY, the paths of PEM files, it serves HTTPS. Serves /readyz on ADMIN_PORT, without TLS.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DEFAULT_PAGE_SIZE, type Flag, type FlagInput, type FlagPage } from '../../../internal/flags/model.ts';
import { createFlagsRoutes } from '../../../internal/flags/routes.ts';
import { problemSchema } from '../../../pkg/httpserver/problem/problem-schema.ts';

const { PORT, ADMIN_PORT, TLS_CERT, TLS_KEY } = process.env;

const flags = new Map<string, Flag>();
let keys: string[] = [];

const handlers: Readonly<Record<string, (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>>> = {
  async 'GET /v1/flags'({ query }): Promise<FlagPage> {
    const { limit = DEFAULT_PAGE_SIZE } = query as { limit?: number };
    const page = keys.slice(0, limit);
    const items = page.flatMap((key) => flags.get(key) ?? []);
    return keys.length > limit
      ? { items, nextCursor: Buffer.from(page.at(-1) ?? '').toString('base64url') }
      : { items };
  },
  async 'GET /v1/flags/:key'({ params }, reply) {
    const { key } = params as { key: string };
    const flag = flags.get(key);
    if (flag === undefined) return reply.code(404).send();
    return reply.header('etag', `"${flag.version}"`).send(flag);
  },
  async 'PUT /v1/flags/:key'({ params, body }, reply) {
    const { key } = params as { key: string };
    const before = flags.get(key);
    if (before === undefined) keys = [...keys, key].sort();
    const version = (before?.version ?? 0) + 1;
    const flag: Flag = { ...(body as FlagInput), key, version, updatedAt: new Date().toISOString() };
    flags.set(key, flag);
    return reply
      .code(before === undefined ? 201 : 200)
      .header('etag', `"${version}"`)
      .send(flag);
  },
};

/** The routes are only read for their schemas: their handlers, which would call this, are replaced. */
const NO_SERVICE = {} as Parameters<typeof createFlagsRoutes>[0];

function createApp(): FastifyInstance {
  if (TLS_CERT === undefined || TLS_KEY === undefined) return fastify();
  return fastify({ https: { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) } });
}

const app = createApp();
app.addSchema(problemSchema);
app.addHook('onRoute', (route) => {
  const handler = handlers[`${route.method} ${route.url}`];
  if (handler) route.handler = handler;
});
app.register(createFlagsRoutes(NO_SERVICE), { prefix: '/v1' });
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
createServer((_request, response) => response.end()).listen(Number(ADMIN_PORT), '127.0.0.1');
