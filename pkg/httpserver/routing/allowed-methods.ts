import findMyWay from 'find-my-way';
import { hasEmptyParameter } from './empty-parameters.ts';

export interface AllowedMethods {
  /** Adds a route, with its URL in Fastify's notation. */
  add(method: string | readonly string[], url: string): void;
  /** Returns the methods that have a route for this path, sorted; empty if the path is unknown. */
  of(path: string): string[];
}

/** Fastify responds 404 to a known path with the wrong method; RFC 9110 §15.5.6 requires 405 with an `Allow` header. */
export function createAllowedMethods(): AllowedMethods {
  const router = findMyWay();
  const methodsOf = new Map<string, Set<string>>();
  return {
    add(method, url) {
      let methods = methodsOf.get(url);
      if (!methods) {
        methods = new Set();
        methodsOf.set(url, methods);
        router.on('GET', url, () => {}, methods);
      }
      for (const name of typeof method === 'string' ? [method] : method) methods.add(name);
    },
    of(path) {
      const found = router.find('GET', path);
      if (hasEmptyParameter(found?.params)) return [];
      const store: unknown = found?.store;
      return store instanceof Set ? [...store].sort() : [];
    },
  };
}
