import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createErrorHandler } from '../../../pkg/httpserver/problem/error-handler.ts';
import { problemSchema } from '../../../pkg/httpserver/problem/problem-schema.ts';
import { createSchemaController } from '../../../pkg/httpserver/validation/validation.ts';
import { createSampleThingsRoutes } from './routes.ts';
import { createSampleThingService } from './service.ts';
import { createMemorySampleThingStore } from './stores/memory.ts';
import { input } from './testdata/input.ts';

let app: FastifyInstance;

// Uses the server's validation and error handler without the server: the tests of the whole service cover the rest.
beforeEach(async () => {
  app = Fastify({ schemaController: createSchemaController() });
  app.setErrorHandler(createErrorHandler());
  app.addSchema(problemSchema);
  const service = createSampleThingService({ store: createMemorySampleThingStore() });
  await app.register(createSampleThingsRoutes(service), { prefix: '/v1' });
});
afterEach(() => app.close());

async function create() {
  const { statusCode, headers, ...response } = await app.inject({
    method: 'POST',
    url: '/v1/sample-things',
    payload: input,
  });
  return { statusCode, url: String(headers.location), etag: String(headers.etag), value: response.json() };
}

test('creates, lists and returns a sample thing', async () => {
  const { statusCode, url, etag, value } = await create();
  expect(statusCode).toBe(201);
  expect(url).toBe(`/v1/sample-things/${value.id}`);
  expect(value).toMatchObject({ ...input, version: 1 });
  expect((await app.inject('/v1/sample-things')).json()).toEqual({ items: [value] });

  const found = await app.inject(url);
  expect([found.statusCode, found.headers.etag, found.json()]).toEqual([200, etag, value]);
  const unchanged = await app.inject({ method: 'GET', url, headers: { 'if-none-match': etag } });
  expect([unchanged.statusCode, unchanged.body]).toEqual([304, '']);
  expect((await app.inject({ method: 'GET', url, headers: { 'if-match': '"x"' } })).statusCode).toBe(412);
});

test('replaces and deletes a sample thing only with its current entity tag', async () => {
  const { url, etag } = await create();
  const put = (headers: Record<string, string>) => app.inject({ method: 'PUT', url, headers, payload: input });
  expect((await put({})).statusCode).toBe(428);
  const replaced = await put({ 'if-match': etag });
  expect([replaced.statusCode, replaced.json().version]).toEqual([200, 2]);
  expect((await put({ 'if-match': etag })).json()).toMatchObject({ status: 412, code: 'precondition_failed' });

  const del = (headers: Record<string, string>) => app.inject({ method: 'DELETE', url, headers });
  expect((await del({})).statusCode).toBe(428);
  expect((await del({ 'if-match': etag })).statusCode).toBe(412);
  expect((await del({ 'if-match': String(replaced.headers.etag) })).statusCode).toBe(204);
  expect((await app.inject(url)).json()).toMatchObject({ status: 404, code: 'sample_thing_not_found' });
});

test.each([
  ['GET', '/v1/sample-things?limit=101', undefined],
  ['GET', '/v1/sample-things?cursor=x', undefined],
  ['GET', '/v1/sample-things/not-a-uuid', undefined],
  ['POST', '/v1/sample-things', {}],
  ['POST', '/v1/sample-things', { ...input, unknown: true }],
] as const)('rejects %s %s with the body %j', async (method, url, payload) => {
  const { statusCode } = await app.inject({ method, url, ...(payload && { payload }) });
  expect(statusCode).toBe(422);
});
