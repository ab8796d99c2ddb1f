import type { FastifyInstance, FastifySchema } from 'fastify';

/** Schemas that set no limit to what a client may send. */
class UnboundedSchemaError extends Error {
  readonly code = 'schema_unbounded';

  constructor(places: readonly string[]) {
    super(`${places.join(', ')}: expected maxLength, maxItems or, in a body, additionalProperties: false`);
    this.name = 'UnboundedSchemaError';
  }
}

/**
 * Rejects, when the server becomes ready, routes whose schemas of body, query, path or headers allow a string or an array
 * of any length: what a handler keeps of a request is then bounded by the schema and not by the largest body.
 */
export function requireBoundedSchemas(app: FastifyInstance): void {
  const routes: { url: string; schema: FastifySchema; shared: () => Record<string, unknown> }[] = [];
  app.addHook('onRoute', function (this: FastifyInstance, { url, schema }) {
    if (schema) routes.push({ url, schema, shared: () => this.getSchemas() });
  });
  app.addHook('onReady', (done) => {
    const places = routes.flatMap(({ url, schema, shared }) => {
      const { body, querystring, params, headers } = schema;
      return Object.entries({ body, querystring, params, headers }).flatMap(([name, part]) =>
        unboundedIn(part, { shared: shared(), closed: name === 'body' }).map((pointer) => `${url} ${name}${pointer}`),
      );
    });
    done(places.length > 0 ? new UnboundedSchemaError([...new Set(places)]) : undefined);
  });
}

/**
 * The JSON Pointers (RFC 6901) of all subschemas that set no limit to the length of a string, to the items of an array
 * or, with `closed`, to the properties of an object.
 *
 * @param shared schemas that a `$ref` may name, by their `$id`.
 */
export function unboundedIn(
  schema: unknown,
  { shared = {}, closed = false }: { shared?: Readonly<Record<string, unknown>>; closed?: boolean } = {},
): string[] {
  return search(schema, '', new Set());

  function search(given: unknown, pointer: string, outer: ReadonlySet<unknown>): string[] {
    if (!isObject(given) || outer.has(given)) return [];
    const seen = new Set([...outer, given]);
    const found = isBounded(given, closed) ? [] : [pointer];
    if (typeof given.$ref === 'string') found.push(...search(shared[given.$ref.replace(/#$/, '')], pointer, seen));
    for (const keyword of SUBSCHEMAS) found.push(...search(given[keyword], `${pointer}/${keyword}`, seen));
    for (const keyword of COLLECTIONS) {
      const members = isObject(given[keyword]) ? Object.entries(given[keyword]) : [];
      found.push(...members.flatMap(([name, member]) => search(member, `${pointer}/${keyword}/${name}`, seen)));
    }
    return found;
  }
}

/** Keywords whose value is a schema, and those that hold several, by name or by number. */
const SUBSCHEMAS = ['items', 'additionalItems', 'additionalProperties', 'then', 'else'];
const COLLECTIONS = [
  'properties',
  'patternProperties',
  'items',
  'prefixItems',
  'allOf',
  'anyOf',
  'oneOf',
  '$defs',
  'definitions',
];

/** Any of these says what the value is, here or in another schema. */
const KINDS = ['type', 'const', 'enum', '$ref', 'allOf', 'anyOf', 'oneOf'];

type Schema = Record<string, unknown>;

function isBounded(schema: Schema, closed: boolean): boolean {
  if (schema.const !== undefined || schema.enum !== undefined) return true;
  if (!KINDS.some((keyword) => keyword in schema)) return false;
  const types = [schema.type].flat();
  const isOpen = schema.additionalProperties !== false && schema.maxProperties === undefined;
  return !(
    (types.includes('string') && schema.maxLength === undefined) ||
    (types.includes('array') && schema.maxItems === undefined) ||
    (types.includes('object') && closed && isOpen)
  );
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
