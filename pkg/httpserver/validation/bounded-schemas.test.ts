import Fastify from 'fastify';
import { type TSchema, Type } from 'typebox';
import { expect, onTestFinished, test, vi } from 'vitest';
import { requireBoundedSchemas, unboundedIn } from './bounded-schemas.ts';

const text = Type.String({ maxLength: 5 });
const closed = { additionalProperties: false };

test.each<[TSchema, string[]]>([
  [Type.Object({ a: text, b: Type.Array(text, { maxItems: 2 }), c: Type.Integer() }, closed), []],
  [Type.Object({ a: Type.Union([Type.Literal('x'), text]), b: Type.Enum(['x', 'y']) }, closed), []],
  [Type.Record(Type.String(), text, { maxProperties: 3 }), []],
  [Type.Object({ a: Type.String() }, closed), ['/properties/a']],
  [Type.Object({ type: Type.String({ format: 'date-time' }) }, closed), ['/properties/type']],
  [Type.Object({ a: Type.String({ pattern: '^a$' }) }, closed), ['/properties/a']],
  [Type.Object({ a: Type.Array(text) }, closed), ['/properties/a']],
  [Type.Object({ a: Type.Array(Type.String(), { maxItems: 2 }) }, closed), ['/properties/a/items']],
  [Type.Object({ a: Type.Union([Type.Null(), Type.String()]) }, closed), ['/properties/a/anyOf/1']],
  [Type.Object({ a: Type.Unknown() }, closed), ['/properties/a']],
  [Type.Object({ a: text }), ['']],
  [Type.Record(Type.String(), text), ['']],
  [Type.Object({ a: Type.Unsafe(Type.Ref('Shared#')) }, closed), ['/properties/a/properties/b']],
])('for a body like %j, %j are unbounded', (schema, pointers) => {
  const shared = { Shared: Type.Object({ b: Type.String() }, { $id: 'Shared', ...closed }) };
  expect(unboundedIn(schema, { shared, closed: true })).toEqual(pointers);
});

test('a schema that refers to itself is searched once', () => {
  const shared: Record<string, unknown> = { Tree: { type: 'object', properties: { child: { $ref: 'Tree#' } } } };
  expect(unboundedIn({ $ref: 'Tree#' }, { shared })).toEqual([]);
});

test.each(['querystring', 'params', 'headers', 'body'])(
  'a server with an unbounded string in %s does not start',
  async (part) => {
    // Fastify warns about header schemas with a reference.
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const app = Fastify();
    requireBoundedSchemas(app);
    const schema = Type.Object({ a: Type.Optional(Type.String()) }, closed);
    app.register(async (inner) => {
      inner.addSchema({ ...schema, $id: 'Shared' });
      inner.post('/route/:a', { schema: { [part]: Type.Ref('Shared#') } }, async () => 'never');
    });
    await expect(app.ready()).rejects.toThrow(`/route/:a ${part}/properties/a: expected maxLength`);
  },
);
