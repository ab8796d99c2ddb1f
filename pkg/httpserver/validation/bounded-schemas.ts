import type { FastifyInstance, FastifySchema } from 'fastify';

/** Schemas that do not limit what a client may send. */
class UnboundedSchemaError extends Error {
  readonly code = 'schema_unbounded';

  constructor(places: readonly string[]) {
    super(`${places.join(', ')}: expected maxLength, maxItems or, in a body, additionalProperties: false`);
    this.name = 'UnboundedSchemaError';
  }
}

/**
 * Requires the schemas of body, query, path and headers to limit the length of every string and array: the server does not
 * become ready otherwise. What a handler keeps of a request is then bounded by the schema, not by the largest body.
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
 * Returns the JSON Pointers (RFC 6901) of all subschemas that do not limit the length of a string, the items of an array or,
 * with `closed`, the properties of an object.
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

/** Keywords whose value is a schema, and keywords whose value has several, by name or by index. */
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

/** Keywords that define what the value is, here or in another schema. */
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
