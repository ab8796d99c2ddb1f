/**
 * Returns a function that converts the strings of a query, a path or headers in place to the types of a schema. Only
 * strings in JSON's notation are converted: `0x10`, ` 5`, `1e2` for an integer, and an empty string stay, and the
 * validator rejects them. If the schema also allows a string, the value stays a string.
 *
 * @param schema the schema of the whole query, path or headers, an object.
 * @param resolve returns the schema that a `$ref` refers to.
 */
export function createTextConverter(schema: unknown, resolve: (reference: string) => unknown): (data: unknown) => void {
  const { properties, patterns, others } = partOf(schema, resolve);
  const named = [...properties].filter((entry): entry is [string, Converter] => entry[1] !== undefined);
  const hasUnnamed = others !== undefined || patterns.length > 0;

  return (data) => {
    if (!isObject(data)) return;
    for (const [name, convert] of named) if (data[name] !== undefined) data[name] = convert(data[name]);
    if (!hasUnnamed) return;
    for (const name of Object.keys(data).filter((each) => !properties.has(each))) {
      const convert = patterns.find(([pattern]) => pattern.test(name))?.[1] ?? others;
      if (convert) data[name] = convert(data[name]);
    }
  };
}

type Converter = (value: unknown) => unknown;
type Resolve = (reference: string) => unknown;

interface Part {
  properties: Map<string, Converter | undefined>;
  patterns: [RegExp, Converter | undefined][];
  others: Converter | undefined;
}

function partOf(schema: unknown, resolve: Resolve): Part {
  const parts = variantsOf(schema, resolve);
  const entries = (keyword: string) => parts.flatMap((part) => Object.entries(objectIn(part[keyword])));
  return {
    properties: new Map(entries('properties').map(([name, value]) => [name, valueConverter(value, resolve)])),
    patterns: entries('patternProperties').map(([text, value]) => [
      new RegExp(text, 'u'),
      valueConverter(value, resolve),
    ]),
    others: parts
      .map((part) => valueConverter(part.additionalProperties, resolve))
      .find((found) => found !== undefined),
  };
}

function valueConverter(schema: unknown, resolve: Resolve): Converter | undefined {
  const variants = variantsOf(schema, resolve);
  const types = new Set(variants.flatMap(typesOf));
  const items = variants.find(({ items: each }) => each !== undefined)?.items;
  if (types.has('array')) {
    const convert = valueConverter(items, resolve);
    // A parameter that occurs once becomes a list with one item.
    return (value) => [value].flat().map((each) => convert?.(each) ?? each);
  }
  const wanted = CONVERSIONS.filter(([type]) => types.has(type));
  if (types.has('string') || wanted.length === 0) return undefined;
  return (value) => {
    if (typeof value !== 'string') return value;
    const conversion = wanted.find(([, pattern]) => pattern.test(value));
    return conversion ? JSON.parse(value) : value;
  };
}

const INTEGER = /^-?(?:0|[1-9]\d{0,14})$/;
const CONVERSIONS: readonly (readonly [type: string, pattern: RegExp])[] = [
  ['integer', INTEGER],
  ['number', /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,20})?(?:e[+-]?\d{1,2})?$/i],
  ['boolean', /^(?:true|false)$/],
];

function typesOf({ type, const: constant, enum: values }: Schema): string[] {
  const named = [type].flat().filter((name) => typeof name === 'string');
  if (named.length > 0) return named;
  const literals = constant === undefined ? (Array.isArray(values) ? values : []) : [constant];
  return literals.map((literal) => typeof literal);
}

type Schema = Record<string, unknown>;

/** Returns the schema itself, the schema it refers to, and the members of its `allOf`, `anyOf` and `oneOf`. */
function variantsOf(schema: unknown, resolve: Resolve, seen = new Set<unknown>()): Schema[] {
  if (!isObject(schema) || seen.has(schema)) return [];
  seen.add(schema);
  const further = [schema.allOf, schema.anyOf, schema.oneOf].flat();
  if (typeof schema.$ref === 'string') further.push(resolve(schema.$ref));
  return [schema, ...further.flatMap((one) => variantsOf(one, resolve, seen))];
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

function objectIn(value: unknown): Schema {
  return isObject(value) ? value : {};
}
