import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';

/** A name in the OpenAPI document has two meanings. */
class DuplicateNameError extends Error {
  readonly code = 'openapi_duplicate_name';

  constructor(problems: readonly string[]) {
    super(`${problems.join('; ')}: names in the OpenAPI document must be unique`);
    this.name = 'DuplicateNameError';
  }
}

/** What a name means, and what defines it: a route, or a plugin. */
interface Definition {
  readonly name: string;
  readonly by: string;
  readonly meaning: unknown;
}

/**
 * Requires that no two plugins give the same `$id` to different schemas, and no two routes have the same `operationId`: the
 * server does not become ready otherwise. For Fastify, the schemas of a plugin are its own, but the document has one list.
 */
export function requireUniqueNames(app: FastifyInstance): void {
  const plugins = [app];
  const firstRoutes = new Map<FastifyInstance, string>();
  const operations: Definition[] = [];

  app.addHook('onRegister', (plugin) => {
    plugins.push(plugin);
  });
  app.addHook('onRoute', function (this: FastifyInstance, { method, url, schema }) {
    // The HEAD route of a GET route has the same schema, and is not in the document.
    if (method === 'HEAD') return;
    const by = `${[method].flat().join()} ${url}`;
    if (!firstRoutes.has(this)) firstRoutes.set(this, by);
    if (schema?.operationId !== undefined) operations.push({ name: schema.operationId, by, meaning: by });
  });
  app.addHook('onReady', (done) => {
    const schemas = plugins.flatMap((plugin) => {
      const by = firstRoutes.get(plugin) ?? `a plugin at ${plugin.prefix || '/'}`;
      return Object.entries(plugin.getSchemas()).map(([name, meaning]) => ({ name, by, meaning }));
    });
    const problems = [...duplicates('$id', schemas), ...duplicates('operationId', operations)];
    done(problems.length > 0 ? new DuplicateNameError(problems) : undefined);
  });
}

/** Returns a sentence for each name with two meanings. */
function duplicates(kind: string, definitions: readonly Definition[]): readonly string[] {
  const first = new Map<string, Definition>();
  const problems = new Map<string, string>();
  for (const definition of definitions) {
    const { name, by, meaning } = definition;
    const other = first.get(name);
    if (other === undefined) first.set(name, definition);
    else if (!problems.has(name) && !isDeepStrictEqual(other.meaning, meaning))
      problems.set(name, `${other.by} and ${by} both define the ${kind} ${JSON.stringify(name)}`);
  }
  return [...problems.values()];
}
