/** A node of an OpenAPI v3 schema, as a CustomResourceDefinition contains it. */
export type CrdSchema = { [keyword: string]: unknown };

/** The schema cannot be part of a CustomResourceDefinition. */
export class CrdSchemaError extends Error {
  readonly code = 'CRD_SCHEMA';

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.name = 'CrdSchemaError';
  }
}

/** Keywords that have the same meaning in JSON Schema and in a structural schema. */
const KEPT = new Set([
  ...['type', 'format', 'description', 'default', 'nullable', 'enum', 'required', 'pattern', 'uniqueItems'],
  ...['minimum', 'maximum', 'multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems'],
  ...['minProperties', 'maxProperties'],
]);

/** Keywords without a meaning for the API server. */
const DROPPED = new Set(['$id', '$schema', 'title', 'examples']);

/**
 * Converts a JSON Schema, such as a TypeBox type, to the structural OpenAPI v3 schema of a CustomResourceDefinition
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 * `additionalProperties: false` is dropped, because the API server removes unknown fields. Keywords that begin with
 * `x-kubernetes-` are kept.
 *
 * @throws CrdSchemaError naming the node and the keyword that a structural schema does not allow.
 */
export function structuralSchema(schema: object, path = '$'): CrdSchema {
  // Removes what TypeBox attaches to its types for its own use.
  const node: CrdSchema = structuredClone(Object.fromEntries(Object.entries(schema)));
  const literals = literalsIn(node);
  if (literals !== undefined) {
    const { anyOf: _, const: __, ...rest } = node;
    return {
      ...structuralSchema(rest.type === undefined ? { ...rest, type: typeof literals[0] } : rest, path),
      enum: literals,
    };
  }

  const result: CrdSchema = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (DROPPED.has(keyword) || (keyword === 'additionalProperties' && value === false)) continue;
    if (KEPT.has(keyword) || keyword.startsWith('x-kubernetes-')) result[keyword] = value;
    else Object.assign(result, converted(keyword, value, path));
  }
  // What has a default may be left out.
  if (Array.isArray(result.required)) {
    const properties: CrdSchema = Object(result.properties);
    const required = result.required.filter((name) => !('default' in Object(properties[name])));
    if (required.length > 0) result.required = required;
    else delete result.required;
  }
  const hasType = 'type' in result || 'x-kubernetes-int-or-string' in result;
  if (!hasType && result['x-kubernetes-preserve-unknown-fields'] !== true)
    throw new CrdSchemaError(path, 'has no type');
  return result;
}

/** Returns the values of a union of literals, or of a single literal. */
function literalsIn({ anyOf, const: value }: CrdSchema): unknown[] | undefined {
  if (value !== undefined) return [value];
  if (!Array.isArray(anyOf)) return undefined;
  const values = anyOf.flatMap((each: CrdSchema) => ('const' in each ? [each.const] : []));
  return values.length === anyOf.length ? values : undefined;
}

function converted(keyword: string, value: unknown, path: string): CrdSchema {
  if (keyword === 'items') return { items: structuralSchema(Object(value), `${path}[]`) };
  if (keyword === 'properties') return { properties: mapSchemas(value, path) };
  if (keyword === 'additionalProperties') return { additionalProperties: structuralSchema(Object(value), `${path}.*`) };
  // A record: TypeBox writes its keys as a pattern.
  if (keyword === 'patternProperties') {
    const [values, ...more] = Object.values(mapSchemas(value, path));
    if (values !== undefined && more.length === 0) return { additionalProperties: values };
  }
  if (keyword === 'exclusiveMinimum') return { minimum: value, exclusiveMinimum: true };
  if (keyword === 'exclusiveMaximum') return { maximum: value, exclusiveMaximum: true };
  throw new CrdSchemaError(path, `a structural schema does not allow ${keyword}`);
}

function mapSchemas(schemas: unknown, path: string): CrdSchema {
  return Object.fromEntries(
    Object.entries(Object(schemas)).map(([name, schema]) => [
      name,
      structuralSchema(Object(schema), `${path}.${name}`),
    ]),
  );
}
