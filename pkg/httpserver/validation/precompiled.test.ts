import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';
import { compilers } from './compilers.ts';
import { createPrecompiledCompilers, type Precompiled, type RouteSchema } from './precompiled.ts';
import { standaloneModule } from './standalone.ts';

const shared = {
  Money: { $id: 'Money', type: 'object', properties: { amount: { type: 'number', multipleOf: 0.01 } } },
  Node: { $id: 'Node', type: 'object', properties: { children: { type: 'array', items: { $ref: 'Node#' } } } },
};

const object = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});

const VALIDATED = [
  object({ price: { $ref: 'Money#' }, tree: { $ref: 'Node#' } }, { required: ['price'] }),
  object({ at: { type: 'string', format: 'date-time' }, id: { type: 'string', format: 'uuid' } }),
  object({ name: { type: 'string', minLength: 2, maxLength: 3, pattern: '^\\p{L}+$' } }),
  object({ limit: { type: 'integer', minimum: 1, maximum: 9, default: 5 }, kind: { enum: ['a', 'b'] } }),
  object({ tags: { type: 'array', uniqueItems: true, items: { type: 'string', format: 'email' } } }),
  object({ one: { anyOf: [{ type: 'string' }, object({ a: { const: { b: 1 } } })] } }),
  object({ day: { type: 'string', format: 'date', formatMinimum: '2026-01-01' } }),
];

const DATA = [
  {},
  { price: { amount: 19.99 }, tree: { children: [{ children: [1] }] } },
  { price: { amount: 19.999 }, other: 1 },
  { at: '2026-11-27T00:00:00Z', id: '6f2c1f0e-0c7a-4b0e-9a51-3a5f0c7b1d2e' },
  { at: '2026-11-27 00:00:00Z', id: 'x' },
  ...[{ name: '💧a' }, { name: 'äöü' }, { name: 'a' }, { name: 5 }],
  ...[{ limit: 0, kind: 'c' }, { limit: 1.5 }, { limit: 7, kind: 'b' }],
  ...[{ tags: ['a@b.example', 'a@b.example'] }, { tags: ['a'] }],
  ...[{ one: 'x' }, { one: { a: { b: 1 } } }, { one: { a: { b: 2 } } }, { one: 1 }],
  ...[{ day: '2026-01-01' }, { day: '2025-12-31' }],
];

const SERIALIZED = [
  object({ id: { type: 'integer' }, name: { type: 'string' } }),
  object({ at: { type: 'string', format: 'date-time' }, price: { $ref: 'Money#' }, tree: { $ref: 'Node#' } }),
  object({
    one: { anyOf: [{ type: 'string', format: 'date-time' }, object({ a: { type: 'number' } }), { type: 'null' }] },
  }),
  { type: 'array', items: object({ kind: { enum: ['a', 'b'] } }) },
];

const VALUES = [
  { id: 1, name: '"ä"\n', unknown: 1 },
  { at: new Date(0), price: { amount: 0.1 }, tree: { children: [{ children: [] }] } },
  ...[{ one: { a: 1.5, b: 2 } }, { one: null }, { one: '2026-11-27T00:00:00Z' }, { one: new Date(0) }],
  [{ kind: 'a' }, { kind: 'b' }],
];

/** Runs the generated module, as the bundle does. */
function load(schemas: readonly RouteSchema[]): Precompiled {
  const exports = {};
  new Function('exports', 'require', standaloneModule(schemas))(exports, createRequire(import.meta.url));
  return exports as Precompiled;
}

const record = (kind: RouteSchema['kind'], schema: object): RouteSchema => ({
  kind,
  schema: JSON.stringify(schema),
  shared: JSON.stringify(shared),
});

const neverLoaded = () => {
  throw new Error('the compilers were loaded');
};

test('validators compiled at build time accept, change and report the same as those compiled at run time', () => {
  const precompiled = load(VALIDATED.map((schema) => record('validator', schema)));
  const compileNow = compilers.createValidatorCompiler(shared);
  const find = createPrecompiledCompilers(precompiled, neverLoaded).createValidatorCompiler(shared);
  const outcomes = VALIDATED.flatMap((schema) => {
    const [expected, found] = [compileNow(schema), find(schema)];
    return DATA.map((data) => {
      const [a, b] = [structuredClone(data), structuredClone(data)];
      const valid = expected(a);
      expect([found(b), b, found.errors]).toEqual([valid, a, expected.errors]);
      return valid;
    });
  });
  expect(new Set(outcomes)).toEqual(new Set([true, false]));
});

test('serializers compiled at build time write the same as those compiled at run time', () => {
  const precompiled = load(SERIALIZED.map((schema) => record('serializer', schema)));
  const compileNow = compilers.createSerializerCompiler(structuredClone(shared));
  const find = createPrecompiledCompilers(precompiled, neverLoaded).createSerializerCompiler(shared);
  const outcome = (serialize: (value: unknown) => string, value: unknown) => {
    try {
      return serialize(value);
    } catch (error) {
      return String(error);
    }
  };
  for (const schema of SERIALIZED) {
    const [expected, found] = [compileNow(schema), find(schema)];
    for (const value of VALUES) expect(outcome(found, value)).toBe(outcome(expected, value));
  }
});

test('a schema that the build does not know is compiled at run time, also if only its shared schemas differ', () => {
  const [schema = {}] = VALIDATED;
  const precompiled = load([record('validator', schema), record('serializer', schema)]);
  const loadCompilers = vi.fn(() => compilers);
  const created = createPrecompiledCompilers(precompiled, loadCompilers);
  created.createValidatorCompiler(shared)(schema);
  created.createSerializerCompiler(shared)(schema);
  expect(loadCompilers).not.toHaveBeenCalled();
  expect(created.createValidatorCompiler(shared)({ type: 'string' })(5)).toBe(false);
  expect(created.createSerializerCompiler(shared)({ type: 'integer' })(5)).toBe('5');
  const other = { ...shared, Money: { $id: 'Money', type: 'string' } };
  expect(created.createValidatorCompiler(other)(schema)({ price: 'free' })).toBe(true);
  expect(loadCompilers).toHaveBeenCalledTimes(3);
});

test.each([
  ['validator', { type: 'strin' }],
  ['validator', { type: 'string', formt: 'date' }],
  ['validator', { type: 'string', format: 'dat' }],
  ['validator', { $ref: 'Mony#' }],
  ['serializer', { type: 'object', properties: { a: { $ref: 'Mony#' } } }],
] as const)('a %s for %j cannot be built', (kind, schema) => {
  expect(() => standaloneModule([record(kind, schema)])).toThrow();
});

test('the module is the same whatever the order of the routes', () => {
  const schemas = VALIDATED.map((schema) => record('validator', schema));
  expect(standaloneModule(schemas.toReversed())).toBe(standaloneModule([...schemas, ...schemas]));
});
