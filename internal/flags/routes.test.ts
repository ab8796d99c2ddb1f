import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createErrorHandler } from '../../pkg/httpserver/problem/error-handler.ts';
import { problemSchema } from '../../pkg/httpserver/problem/problem-schema.ts';
import { createSchemaController } from '../../pkg/httpserver/validation/validation.ts';
import { createFlagsRoutes } from './routes.ts';
import { createFlagService } from './service.ts';
import { createMemoryFlagStore } from './stores/memory.ts';

const FLAG_URL = '/v1/flags/new-checkout';

let app: FastifyInstance;
let undeclared: string[];

// Uses the server's validation and error handler without the server: the tests of the whole service cover the rest.
beforeEach(async () => {
  app = Fastify({ schemaController: createSchemaController() });
  app.setErrorHandler(createErrorHandler());
  app.addSchema(problemSchema);
  undeclared = [];
  app.addHook('onSend', async ({ method, routeOptions }, reply) => {
    const declared: unknown = routeOptions.schema?.response;
    if (typeof declared === 'object' && declared !== null && String(reply.statusCode) in declared) return;
    undeclared.push(`${method} ${routeOptions.url}: ${reply.statusCode}`);
  });
  const service = createFlagService({ store: createMemoryFlagStore({ maxFlags: 3 }) });
  await app.register(createFlagsRoutes(service), { prefix: '/v1' });
});

afterEach(async () => {
  await app.close();
  expect(undeclared, 'every status returned is declared in the schema of its route').toEqual([]);
});

function get(url = FLAG_URL, headers: Record<string, string> = {}) {
  return app.inject({ method: 'GET', url, headers });
}

function put(payload: object | string, headers: Record<string, string> = {}, url = FLAG_URL) {
  return app.inject({ method: 'PUT', url, headers: { 'content-type': 'application/json', ...headers }, payload });
}

function del(headers: Record<string, string> = {}) {
  return app.inject({ method: 'DELETE', url: FLAG_URL, headers });
}

async function createFlag(url = FLAG_URL): Promise<string> {
  const { headers } = await put({ enabled: true }, {}, url);
  return String(headers.etag);
}

describe('GET /v1/flags/{key}', () => {
  test('returns the flag and its entity tag', async () => {
    const etag = await createFlag();
    const response = await get();

    expect(response.statusCode).toBe(200);
    expect(response.headers.etag).toBe(etag);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json()).toEqual({
      key: 'new-checkout',
      enabled: true,
      version: 1,
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  test.each([
    ['names it', (etag: string) => etag],
    ['names it as weak, as a compressing proxy does', (etag: string) => `W/${etag}`],
    ['names it among others', (etag: string) => `"x", ${etag}`],
    ['is *', () => '*'],
  ])('returns 304 without a body when If-None-Match %s', async (_name, header) => {
    const etag = await createFlag();
    const response = await get(FLAG_URL, { 'if-none-match': header(etag) });

    expect(response.statusCode).toBe(304);
    expect(response.headers.etag).toBe(etag);
    expect(response.headers).not.toHaveProperty('content-type');
    expect(response.headers).not.toHaveProperty('content-length');
    expect(response.body).toBe('');
  });

  test('returns the flag when If-None-Match names another state', async () => {
    await createFlag();

    expect((await get(FLAG_URL, { 'if-none-match': '"x"' })).statusCode).toBe(200);
  });

  test('returns 412 when If-Match names another state', async () => {
    const etag = await createFlag();

    expect((await get(FLAG_URL, { 'if-match': '"x"' })).statusCode).toBe(412);
    expect((await get(FLAG_URL, { 'if-match': etag })).statusCode).toBe(200);
  });

  test('returns 404 for an absent flag, whatever the preconditions', async () => {
    for (const headers of [{}, { 'if-none-match': '*' }, { 'if-match': '*' }]) {
      const response = await get(FLAG_URL, headers);
      expect(response.statusCode).toBe(404);
      expect(response.headers['content-type']).toBe('application/problem+json');
      expect(response.json()).toMatchObject({ status: 404, code: 'flag_not_found' });
    }
  });

  test.each(['UPPER', '.hidden', 'a%20b', 'a%2Fb', '%00', 'a'.repeat(65)])(
    'returns 422 for the invalid key %s',
    async (key) => {
      const response = await get(`/v1/flags/${key}`);

      expect(response.statusCode).toBe(422);
      expect(response.json().errors[0]).toMatchObject({ in: 'path', pointer: '/key' });
    },
  );

  test('responds to HEAD as to GET, without the body', async () => {
    const etag = await createFlag();
    const response = await app.inject({ method: 'HEAD', url: FLAG_URL });

    expect(response.statusCode).toBe(200);
    expect(response.headers.etag).toBe(etag);
    expect(response.body).toBe('');
  });
});

describe('PUT /v1/flags/{key}', () => {
  test('creates an absent flag: 201, with its location and its entity tag', async () => {
    const input = { enabled: true, description: 'The new one', expiresAt: '2999-12-31T23:59:59Z' };
    const response = await put(input);

    expect(response.statusCode).toBe(201);
    expect(response.headers.location).toBe(FLAG_URL);
    expect(response.headers.etag).toMatch(/^"[\x21\x23-\x7e]+"$/);
    expect(response.json()).toMatchObject({ ...input, key: 'new-checkout', version: 1 });
    expect((await get(String(response.headers.location))).json()).toEqual(response.json());
  });

  test('replaces the flag that If-Match names: 200, with a new entity tag', async () => {
    const etag = await createFlag();
    const response = await put({ enabled: false }, { 'if-match': etag });

    expect(response.statusCode).toBe(200);
    expect(response.headers).not.toHaveProperty('location');
    expect(response.headers.etag).not.toBe(etag);
    expect(response.json()).toMatchObject({ enabled: false, version: 2 });
    expect((await get()).headers.etag).toBe(response.headers.etag);
  });

  test('rejects a weak entity tag in If-Match', async () => {
    const etag = await createFlag();

    expect((await put({ enabled: false }, { 'if-match': `W/${etag}` })).statusCode).toBe(412);
  });

  test('accepts exactly one of many concurrent updates of the same state', async () => {
    const etag = await createFlag();
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => put({ enabled: false }, { 'if-match': etag })),
    );

    const statuses = responses.map(({ statusCode }) => statusCode);
    expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
  });

  test('accepts exactly one of many concurrent creations', async () => {
    const responses = await Promise.all(Array.from({ length: 10 }, () => put({ enabled: false })));

    const statuses = responses.map(({ statusCode }) => statusCode);
    expect(statuses.toSorted()).toEqual([201, ...Array.from({ length: 9 }, () => 428)]);
  });

  test.each([
    [428, 'precondition_required', {}],
    [412, 'precondition_failed', { 'if-match': '"x"' }],
    [412, 'precondition_failed', { 'if-none-match': '*' }],
  ])('returns %i %s for an existing flag with %j', async (status, code, headers) => {
    await createFlag();
    const response = await put({ enabled: false }, headers);

    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ status, code });
    expect((await get()).json()).toMatchObject({ enabled: true, version: 1 });
  });

  test('returns 409 when the maximum number of flags is reached', async () => {
    for (const key of ['a', 'b', 'c']) await createFlag(`/v1/flags/${key}`);
    const response = await put({ enabled: true });

    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'flag_limit_reached' });
  });

  test.each([
    [{}, ['/enabled']],
    [[], ['']],
    [{ enabled: 'true' }, ['/enabled']],
    [{ enabled: 1 }, ['/enabled']],
    [{ enabled: true, description: 'x'.repeat(501) }, ['/description']],
    [{ enabled: true, expiresAt: 'tomorrow' }, ['/expiresAt']],
    [{ enabled: true, expiresAt: '2999-12-31' }, ['/expiresAt']],
    [{ enabled: true, expiresAt: '2001-01-01T00:00:00Z' }, ['/expiresAt']],
    [{ enabled: true, version: 7 }, ['/version']],
    [{ enabled: null, description: 1, expiresAt: true, key: 'x' }, ['/description', '/enabled', '/expiresAt', '/key']],
  ])('returns 422 for the body %j and lists %j', async (body, pointers) => {
    const response = await put(body);

    expect(response.statusCode).toBe(422);
    const errors: { in: string; pointer: string }[] = response.json().errors;
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual(pointers);
    expect(errors.every((error) => error.in === 'body')).toBe(true);
  });

  test('accepts a description of 500 characters, even if each is two UTF-16 code units', async () => {
    expect((await put({ enabled: true, description: '⛵🚩'.repeat(250) })).statusCode).toBe(201);
  });

  test.each([
    ['malformed JSON', '{"enabled":', 400],
    ['an empty body', '', 400],
    ['__proto__ in the body', '{"enabled":true,"__proto__":{"key":"x"}}', 400],
    ['a body over the limit', `{"enabled":true,"description":"${'x'.repeat(2 ** 20)}"}`, 413],
  ])('rejects %s', async (_name, body, status) => {
    expect((await put(body)).statusCode).toBe(status);
  });

  test('rejects a body that is not JSON', async () => {
    expect((await put('enabled', { 'content-type': 'application/xml' })).statusCode).toBe(415);
  });

  test('returns 422 for a malformed precondition and writes nothing', async () => {
    const response = await put({ enabled: true }, { 'if-match': 'unquoted' });

    expect(response.statusCode).toBe(422);
    expect(response.json().errors).toEqual([expect.objectContaining({ in: 'headers', pointer: '/if-match' })]);
    expect((await get()).statusCode).toBe(404);
  });
});

describe('DELETE /v1/flags/{key}', () => {
  test('deletes the flag that If-Match names: 204, without a body', async () => {
    const etag = await createFlag();
    const response = await del({ 'if-match': etag });

    expect(response.statusCode).toBe(204);
    expect(response.body).toBe('');
    expect(response.headers).not.toHaveProperty('content-type');
    expect((await get()).statusCode).toBe(404);
  });

  test('returns 428 without If-Match, 412 when it names another state, 404 when there is no flag', async () => {
    expect((await del()).statusCode).toBe(404);
    await createFlag();
    expect((await del()).statusCode).toBe(428);
    expect((await del({ 'if-match': '"x"' })).statusCode).toBe(412);
    expect((await get()).statusCode).toBe(200);
  });

  test('rejects the old entity tag of a flag that was deleted and created again', async () => {
    const etag = await createFlag();
    await del({ 'if-match': etag });
    await createFlag();

    expect((await del({ 'if-match': etag })).statusCode).toBe(412);
  });
});

describe('GET /v1/flags', () => {
  test('pages through the flags with the cursor that it returns', async () => {
    for (const key of ['c', 'a', 'b']) await createFlag(`/v1/flags/${key}`);

    const first = (await get('/v1/flags?limit=2')).json();
    expect(first).toEqual({
      items: [expect.objectContaining({ key: 'a' }), expect.objectContaining({ key: 'b' })],
      nextCursor: expect.any(String),
    });
    const second = (await get(`/v1/flags?limit=2&cursor=${first.nextCursor}`)).json();
    expect(second).toEqual({ items: [expect.objectContaining({ key: 'c', enabled: true, version: 1 })] });
  });

  test.each([
    ['limit=0', '/limit'],
    ['limit=101', '/limit'],
    ['limit=1.5', '/limit'],
    ['limit=ten', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['cursor=!', '/cursor'],
    ['cursor=', '/cursor'],
  ])('returns 422 for ?%s and names the field', async (query, pointer) => {
    const response = await get(`/v1/flags?${query}`);

    expect(response.statusCode).toBe(422);
    expect(response.json().errors).toEqual([expect.objectContaining({ in: 'query', pointer })]);
  });
});
