import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createErrorHandler } from '../../../pkg/httpserver/problem/error-handler.ts';
import { problemSchema } from '../../../pkg/httpserver/problem/problem-schema.ts';
import { schemaController } from '../../../pkg/httpserver/validation/validation.ts';
import { createMetrics, type Metrics } from '../../../pkg/metrics/metrics.ts';
import { createThings } from './things.ts';

let app: FastifyInstance;
let metrics: Metrics;

// Uses the server's validation and error handler without the server: the tests of the whole service cover the rest.
beforeEach(async () => {
  metrics = createMetrics();
  app = Fastify({ schemaController });
  app.setErrorHandler(createErrorHandler());
  app.addSchema(problemSchema);
  await app.register(createThings({ metrics }).routes, { prefix: '/v1' });
});
afterEach(() => app.close());

test('creates, lists, returns and deletes things, and counts the writes', async () => {
  const created = await app.inject({ method: 'POST', url: '/v1/things', payload: { name: 'first' } });
  expect([created.statusCode, created.json().name]).toEqual([201, 'first']);
  const url = String(created.headers.location);
  expect(url).toBe(`/v1/things/${created.json().id}`);
  expect((await app.inject('/v1/things')).json()).toEqual({ items: [created.json()] });
  expect((await app.inject(url)).json()).toEqual(created.json());
  expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(204);
  expect((await app.inject(url)).json()).toMatchObject({ status: 404, code: 'thing_not_found' });
  const { body } = await metrics.expose(undefined);
  expect(body.toString()).toContain('things_writes_total{operation="create"} 1');
});

test.each([
  ['GET', '/v1/things?limit=101', undefined],
  ['GET', '/v1/things/not-a-uuid', undefined],
  ['POST', '/v1/things', { name: '' }],
  ['POST', '/v1/things', { name: 'first', unknown: true }],
] as const)('rejects %s %s with the body %j', async (method, url, payload) => {
  const { statusCode } = await app.inject({ method, url, ...(payload && { payload }) });
  expect(statusCode).toBe(422);
});
