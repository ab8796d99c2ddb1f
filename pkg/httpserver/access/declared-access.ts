import type { FastifyInstance, RouteOptions } from 'fastify';
import type { AccessControl } from './access.ts';

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
export function requireDeclaredAccess(app: FastifyInstance, access: AccessControl | undefined): void {
  const isControlled = access !== undefined;
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
    const names = namesOf(wrong);
    const expected = isControlled
      ? "{ config: { access: 'public' } }, or a permission in place of 'public'"
      : 'access control on the server of a route that needs a permission';
    if (names.length > 0) return done(new AccessUndeclaredError(names, expected));
    // Fastify adds a HEAD route to every GET route.
    const restricted = routes.filter(({ config, method }) => config?.access !== 'public' && method !== 'HEAD');
    const byPermission = Map.groupBy(restricted, ({ config }) => config?.access ?? '');
    access?.onDeclared?.(new Map([...byPermission].map(([permission, routes]) => [permission, namesOf(routes)])));
    done();
  });
}

function namesOf(routes: readonly RouteOptions[]): string[] {
  return [...new Set(routes.map(({ method, url }) => `${[method].flat().join('|')} ${url}`))];
}
