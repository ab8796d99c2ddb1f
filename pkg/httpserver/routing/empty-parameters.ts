import type { FastifyInstance } from 'fastify';

const NAMED_PARAMETER = /:\w/;

/** Whether a path has nothing where its route has a named parameter. A wildcard may be empty. */
export function hasEmptyParameter(params: unknown): boolean {
  if (typeof params !== 'object' || params === null) return false;
  const values = params as Record<string, unknown>;
  // Object.entries() would make an array for each parameter of each request.
  for (const name in values) if (values[name] === '' && name !== '*') return true;
  return false;
}

/** Responds with 404 to `/items/` where there is a route `/items/:key`: the router takes the empty text for a key. */
export function rejectEmptyParameters(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onRoute', (route) => {
    if (!NAMED_PARAMETER.test(route.url)) return;
    const others = route.onRequest ?? [];
    route.onRequest = [
      (request, reply, done) => {
        if (hasEmptyParameter(request.params)) reply.callNotFound();
        else done();
      },
      ...(Array.isArray(others) ? others : [others]),
    ];
  });
}
