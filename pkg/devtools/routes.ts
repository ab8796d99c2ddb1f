import type { RouteOptions } from 'fastify';
import type { HttpApp } from '../httpserver/server.ts';

export interface RouteDescription {
  readonly method: string;
  readonly path: string;
  /** `public` or the permission that the route requires. */
  readonly access: string;
  readonly summary: string;
}

/** Collects the routes that are added from now on. Returns a function that lists them by path. */
export function watchRoutes(app: HttpApp): () => readonly RouteDescription[] {
  const routes: { path: string; route: RouteOptions }[] = [];
  app.addHook('onRoute', (route) => {
    // HEAD comes with every GET; the files of /docs are not part of the interface.
    const isOwn = ![route.method].flat().some((method) => method === 'HEAD' || method === 'OPTIONS');
    if (isOwn && !/^\/docs\/|\*/.test(route.url)) routes.push({ path: route.url.replace(/:(\w+)/g, '{$1}'), route });
  });
  // Described late: a plugin may set the configuration of a route after this hook.
  return () =>
    routes
      .flatMap(({ path, route: { method, config, schema } }) =>
        [method].flat().map((name) => ({
          method: name,
          path,
          access: config?.access ?? '',
          summary: schema?.summary ?? '',
        })),
      )
      .toSorted((one, other) => one.path.localeCompare(other.path));
}
