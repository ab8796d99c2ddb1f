import type { FastifyInstance, RouteOptions } from 'fastify';

/** Routes that do not declare who may use them, or declare it on a server without access control. */
class AccessUndeclaredError extends Error {
  readonly code = 'access_undeclared';

  constructor(routes: readonly string[], expected: string) {
    super(`${routes.join(', ')}: expected ${expected}`);
    this.name = 'AccessUndeclaredError';
  }
}

/**
 * Requires every route to declare its `access` in its `config`; otherwise the server does not become ready. On a server
 * without access control, a route may only declare `public` or nothing.
 */
export function requireDeclaredAccess(app: FastifyInstance, isControlled: boolean): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  // Checked here and not when a route is added, because a plugin may declare the access of routes that another package
  // adds within it.
  app.addHook('onReady', (done) => {
    const wrong = routes.filter(({ config }) =>
      isControlled ? config?.access === undefined : ![undefined, 'public'].includes(config?.access),
    );
    const names = [...new Set(wrong.map(({ method, url }) => `${[method].flat().join('|')} ${url}`))];
    const expected = isControlled
      ? "{ config: { access: 'public' } }, or a permission in place of 'public'"
      : 'access control on the server of a route that needs a permission';
    done(names.length > 0 ? new AccessUndeclaredError(names, expected) : undefined);
  });
}
