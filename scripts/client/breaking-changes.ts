import { isDeepStrictEqual } from 'node:util';

/** A JSON value of an OpenAPI document. */
type Json = Record<string, unknown>;

export interface BreakingChange {
  /** `GET /v1/items` */
  readonly operation: string;
  readonly change: string;
}

/**
 * Returns the changes between two OpenAPI 3.1 documents that can break a client of the first: what clients may send must
 * still be accepted, and what they may receive must still have the shape that they know.
 */
export function breakingChanges(before: Json, after: Json): BreakingChange[] {
  const operations = operationsOf(after);
  return [...operationsOf(before)].flatMap(([operation, old]) => {
    const now = operations.get(operation);
    const changes = now === undefined ? ['removed'] : operationChanges(old, now, { before, after });
    return changes.map((change) => ({ operation, change }));
  });
}

interface Documents {
  readonly before: Json;
  readonly after: Json;
}

function operationsOf(document: Json): Map<string, Json> {
  return new Map(
    Object.entries(object(document.paths)).flatMap(([path, methods]) =>
      Object.entries(object(methods)).map(([method, found]) => [`${method.toUpperCase()} ${path}`, object(found)]),
    ),
  );
}

function operationChanges(old: Json, now: Json, documents: Documents): string[] {
  const comparison = (direction: Direction) => ({ ...documents, direction });
  return [
    ...(isDeepStrictEqual(old.security, now.security) ? [] : ['other permissions are required']),
    ...parameterChanges(old, now, comparison('request')),
    ...(object(now.requestBody).required && !object(old.requestBody).required ? ['the body became required'] : []),
    ...contentChanges('body', object(old.requestBody), object(now.requestBody), comparison('request')),
    ...Object.entries(object(old.responses)).flatMap(([status, response]) => {
      const found = object(now.responses)[status];
      // An error that no longer occurs breaks nobody.
      if (found === undefined) return Number(status) < 400 ? [`response ${status}: removed`] : [];
      return [
        ...Object.keys(object(object(response).headers))
          .filter((header) => !(header in object(object(found).headers)))
          .map((header) => `response ${status}: header ${header} removed`),
        ...contentChanges(`response ${status}`, object(response), object(found), comparison('response')),
      ];
    }),
  ];
}

function parameterChanges(old: Json, now: Json, comparison: Comparison): string[] {
  const nameOf = (parameter: Json) => `${parameter.in} parameter ${parameter.name}`;
  const before = new Map(list(old.parameters).map((parameter) => [nameOf(parameter), parameter]));
  const after = new Map(list(now.parameters).map((parameter) => [nameOf(parameter), parameter]));
  return [
    ...[...before.keys()].filter((name) => !after.has(name)).map((name) => `${name}: removed`),
    ...[...after].flatMap(([name, parameter]) => {
      const known = before.get(name);
      const required = parameter.required && !known?.required ? [`${name}: became required`] : [];
      if (known === undefined) return required;
      return [...required, ...schemaChanges(name, object(known.schema), object(parameter.schema), comparison)];
    }),
  ];
}

function contentChanges(where: string, old: Json, now: Json, comparison: Comparison): string[] {
  return Object.entries(object(old.content)).flatMap(([type, known]) => {
    const found = object(now.content)[type];
    if (found === undefined) return [`${where}: content type ${type} removed`];
    return schemaChanges(where, object(object(known).schema), object(object(found).schema), comparison);
  });
}

type Direction = 'request' | 'response';

interface Comparison extends Documents {
  readonly direction: Direction;
}

/** Keywords that limit values from below and from above. */
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Keywords whose effect on the set of values cannot be compared: any difference counts. */
const OPAQUE = ['pattern', 'multipleOf', 'const', 'allOf', 'oneOf', 'not', 'uniqueItems'];

function schemaChanges(where: string, old: Json, now: Json, comparison: Comparison, depth = 0): string[] {
  // The same recursive schema on both sides.
  if (depth > 32) return [];
  if (isDeepStrictEqual(old, now) && !JSON.stringify(old).includes('"$ref"')) return [];
  const { before, after, direction } = comparison;
  const [known, found] = [resolve(old, before), resolve(now, after)];
  // Requests may only become wider, and responses only narrower.
  const [wider, narrower] = direction === 'request' ? [found, known] : [known, found];
  const nested = (name: string, a: unknown, b: unknown) =>
    schemaChanges(`${where}${name}`, object(a), object(b), comparison, depth + 1);
  return [
    ...OPAQUE.filter((key) => !isDeepStrictEqual(known[key], found[key])),
    ...(includesAll(choicesOf(wider), choicesOf(narrower)) ? [] : ['the values']),
    ...(wider.format === undefined || wider.format === narrower.format ? [] : ['format']),
    ...LOWER.filter((key) => number(wider[key], -Infinity) > number(narrower[key], -Infinity)),
    ...UPPER.filter((key) => number(wider[key], Infinity) < number(narrower[key], Infinity)),
  ]
    .map((what) => `${where}: ${what} changed`)
    .concat(
      propertyChanges(where, known, found, { direction, nested }),
      'items' in known && 'items' in found ? nested('[]', known.items, found.items) : [],
    );
}

interface PropertyComparison {
  readonly direction: Direction;
  nested(name: string, old: unknown, now: unknown): string[];
}

function propertyChanges(where: string, known: Json, found: Json, { direction, nested }: PropertyComparison): string[] {
  const [before, after] = [object(known.properties), object(found.properties)];
  const required = (schema: Json, name: string) => Array.isArray(schema.required) && schema.required.includes(name);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const path = `${where}.${name}`;
    if (!(name in after)) return [`${path}: removed`];
    if (direction === 'request' && required(found, name) && !required(known, name)) return [`${path}: became required`];
    if (!(name in before)) return [];
    if (direction === 'response' && required(known, name) && !required(found, name))
      return [`${path}: became optional`];
    return nested(`.${name}`, before[name], after[name]);
  });
}

function resolve(schema: Json, document: Json): Json {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema.$ref ?? ''))?.[1];
  return name === undefined ? schema : object(object(object(document.components).schemas)[name]);
}

interface Choices {
  /** The types that the schema allows; undefined for any. */
  readonly types: readonly unknown[] | undefined;
  /** The values or alternatives that it lists, if it does. */
  readonly values: readonly unknown[] | undefined;
}

function choicesOf({ type, enum: values, anyOf }: Json): Choices {
  const found = values ?? anyOf;
  return { types: type === undefined ? undefined : [type].flat(), values: Array.isArray(found) ? found : undefined };
}

/** Reports whether the wider choices include the narrower ones. */
function includesAll(wider: Choices, narrower: Choices): boolean {
  const includes = (all: readonly unknown[] | undefined, some: readonly unknown[] | undefined) =>
    all === undefined ||
    (some?.every((one) =>
      all.some((each) => isDeepStrictEqual(each, one) || (each === 'number' && one === 'integer')),
    ) ??
      false);
  return includes(wider.types, narrower.types) && includes(wider.values, narrower.values);
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function number(value: unknown, absent: number): number {
  return typeof value === 'number' ? value : absent;
}
