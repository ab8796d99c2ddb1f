import { expect, test } from 'vitest';
import { breakingChanges } from './breaking-changes.ts';

const item = {
  type: 'object',
  required: ['key', 'state'],
  properties: {
    key: { type: 'string', maxLength: 20 },
    state: { type: 'string', enum: ['on', 'off'] },
    note: { type: 'string' },
  },
};
const input = {
  type: 'object',
  required: ['state'],
  properties: { state: { type: 'string', enum: ['on', 'off'] }, count: { type: 'integer', minimum: 0, maximum: 9 } },
};
const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const limit = { in: 'query', name: 'limit', schema: { type: 'integer', maximum: 100 } };

const operation = {
  security: [{ bearer: ['items:write'] }],
  parameters: [limit],
  requestBody: json({ $ref: '#/components/schemas/Input' }),
  responses: { 200: { headers: { ETag: {} }, ...json({ $ref: '#/components/schemas/Item' }) }, 409: json({}) },
};

function documentOf(changes: { item?: object; input?: object; operation?: object } = {}) {
  return {
    paths: { '/v1/items': { put: { ...operation, ...changes.operation } } },
    components: { schemas: { Item: { ...item, ...changes.item }, Input: { ...input, ...changes.input } } },
  };
}

const property = (schema: { properties: object }, name: string, value: object) => ({
  properties: { ...schema.properties, [name]: value },
});

test.each([
  ['a longer limit of a request', { input: property(input, 'count', { type: 'integer', minimum: 0, maximum: 10 }) }],
  ['a wider type of a request', { input: property(input, 'count', { type: 'number', minimum: 0, maximum: 9 }) }],
  ['a new value in a request', { input: property(input, 'state', { type: 'string', enum: ['on', 'off', 'auto'] }) }],
  ['a new optional property of a request', { input: property(input, 'extra', { type: 'string' }) }],
  ['an optional parameter', { operation: { parameters: [limit, { in: 'query', name: 'q', schema: {} }] } }],
  ['fewer values in a response', { item: property(item, 'state', { type: 'string', enum: ['on'] }) }],
  ['a new property of a response', { item: property(item, 'extra', { type: 'string' }) }],
  ['a description', { operation: { summary: 'Put an item' } }],
  ['one error less', { operation: { responses: { 200: operation.responses[200] } } }],
])('%s is compatible', (_, changes) => {
  expect(breakingChanges(documentOf(), documentOf(changes))).toEqual([]);
});

test.each([
  [{ operation: { security: [{ bearer: ['items:admin'] }] } }, 'other permissions are required'],
  [{ operation: { parameters: [] } }, 'query parameter limit: removed'],
  [
    { operation: { parameters: [limit, { in: 'query', name: 'q', required: true }] } },
    'query parameter q: became required',
  ],
  [
    { operation: { parameters: [{ ...limit, schema: { type: 'integer', maximum: 50 } }] } },
    'query parameter limit: maximum changed',
  ],
  [{ operation: { responses: { 201: {}, 409: json({}) } } }, 'response 200: removed'],
  [
    { operation: { responses: { ...operation.responses, 200: json({ $ref: '#/components/schemas/Item' }) } } },
    'response 200: header ETag removed',
  ],
  [{ input: { required: ['state', 'count'] } }, 'body.count: became required'],
  [{ input: property(input, 'state', { type: 'string', enum: ['on'] }) }, 'body.state: the values changed'],
  [{ input: property(input, 'count', { type: 'integer', minimum: 1, maximum: 9 }) }, 'body.count: minimum changed'],
  [{ input: { properties: { state: input.properties.state } } }, 'body.count: removed'],
  [{ item: { required: ['key'] } }, 'response 200.state: became optional'],
  [{ item: { properties: { key: item.properties.key, state: {} } } }, 'response 200.note: removed'],
  [{ item: property(item, 'key', { type: 'integer' }) }, 'response 200.key: the values changed'],
  [
    { item: property(item, 'state', { type: 'string', enum: ['on', 'off', 'auto'] }) },
    'response 200.state: the values changed',
  ],
  [{ item: property(item, 'key', { type: 'string' }) }, 'response 200.key: maxLength changed'],
])('a breaking change is reported by its operation and place: %j', (changes, change) => {
  const found = breakingChanges(documentOf(), documentOf(changes));
  expect(found).toContainEqual({ operation: 'PUT /v1/items', change });
});

test('a removed operation is a breaking change', () => {
  expect(breakingChanges(documentOf(), { paths: {} })).toEqual([{ operation: 'PUT /v1/items', change: 'removed' }]);
});
