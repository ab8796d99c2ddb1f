import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { structuralSchema } from './crd-schema.ts';

test('a TypeBox type becomes a structural schema', () => {
  const schema = Type.Object(
    {
      mode: Type.Union([Type.Literal('on'), Type.Literal('off')], { description: 'The mode.' }),
      kind: Type.Literal(1),
      size: Type.Integer({ exclusiveMinimum: 0, default: 1 }),
      labels: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 63 }))),
      ports: Type.Array(Type.Object({ port: Type.Integer() }, { additionalProperties: false }), {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port'],
      }),
    },
    { $id: 'Thing', additionalProperties: false },
  );
  expect(structuralSchema(schema)).toEqual({
    type: 'object',
    required: ['mode', 'kind', 'ports'],
    properties: {
      mode: { type: 'string', enum: ['on', 'off'], description: 'The mode.' },
      kind: { type: 'number', enum: [1] },
      size: { type: 'integer', minimum: 0, exclusiveMinimum: true, default: 1 },
      labels: { type: 'object', additionalProperties: { type: 'string', maxLength: 63 } },
      ports: {
        type: 'array',
        items: { type: 'object', required: ['port'], properties: { port: { type: 'integer' } } },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port'],
      },
    },
  });
});

test('an object whose fields all have defaults has no list of required fields', () => {
  const schema = structuralSchema(Type.Object({ size: Type.Integer({ default: 1 }) }));
  expect(schema).not.toHaveProperty('required');
});

test.each([
  [Type.Object({ a: Type.Ref('B') }), '$.a: a structural schema does not allow $ref'],
  [Type.Object({ a: Type.Union([Type.String(), Type.Integer()]) }), '$.a: a structural schema does not allow anyOf'],
  [Type.Array(Type.Unknown()), '$[]: has no type'],
  [Type.Object({ a: Type.Record(Type.String(), Type.Unknown()) }), '$.a.^.*$: has no type'],
])('what a structural schema cannot express is an error that names the node: %j', (schema, message) => {
  expect(() => structuralSchema(schema)).toThrow(message);
});
