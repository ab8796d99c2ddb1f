import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';

const { server, lines, access, metrics } = await createObservedServer({ handlerTimeoutMs: 200 });
const { app } = server;
const aborted = Promise.withResolvers<void>();

app.get('/fine', async () => 'fine');
app.get('/throws', () => {
  throw new Error('s3cret');
});
app.get('/rejects', async () => {
  throw new Error('s3cret');
});
app.get('/throws-text', () => {
  throw 's3cret';
});
app.get('/rejects-with-text', () => Promise.reject('s3cret'));
app.get('/rejects-with-object', () => Promise.reject({ statusCode: 200, message: 's3cret' }));
app.get('/rejects-with-null', () => Promise.reject(null));
app.get('/rejects-with-nothing', () => Promise.reject());
app.get('/sends-twice', (_request, reply) => {
  reply.send('first');
  reply.send('second');
});
app.get('/sends-and-returns', async (_request, reply) => {
  reply.send('first');
  return 'second';
});
app.get('/sends-and-throws', async (_request, reply) => {
  reply.send('first');
  throw new Error('s3cret');
});
app.get('/never', async (request) => {
  await once(request.signal, 'abort');
  aborted.resolve();
  await new Promise(() => {});
});

let url = '';
beforeAll(async () => {
  await server.listen();
  url = `http://127.0.0.1:${server.address()?.port}`;
});
afterAll(() => server.close(AbortSignal.timeout(500)));

async function ask(path: string) {
  const response = await fetch(url + path);
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

/** Expects one access line and one count for the request, and that a valid request is served afterwards. */
async function expectOneRecord(path: string, status: number): Promise<void> {
  await expect.poll(() => access().filter((line) => line.path === path)).toMatchObject([{ status }]);
  expect(await metrics()).toContain(`http_requests_total{method="GET",handler="${path}",code="${status}"} 1`);
  expect((await ask('/fine')).status).toBe(200);
}

test.each([
  '/throws',
  '/rejects',
  '/throws-text',
  '/rejects-with-text',
  '/rejects-with-object',
  '/rejects-with-null',
  '/rejects-with-nothing',
])('a handler that fails (%s) causes a 500 without details, with the reason only in the log', async (path) => {
  const { status, type, body } = await ask(path);
  expect([status, type]).toEqual([500, 'application/problem+json']);
  expect(JSON.parse(body)).toMatchObject({ status: 500, code: 'internal_error' });
  expect(body).not.toContain('s3cret');
  await expectOneRecord(path, 500);
  const failures = lines.filter(({ msg }) => msg === 'request failed');
  expect(failures.at(-1)).toHaveProperty('request_id');
});

test.each(['/sends-twice', '/sends-and-returns', '/sends-and-throws'])(
  'only the first response of a handler that responds twice counts (%s)',
  async (path) => {
    expect(await ask(path)).toMatchObject({ status: 200, body: 'first' });
    await expectOneRecord(path, 200);
  },
);

test('a request whose handler never responds gets a 503 after the time limit, and its signal aborts', async () => {
  const { status, body } = await ask('/never');
  expect(status).toBe(503);
  expect(JSON.parse(body)).toMatchObject({ code: 'handler_timeout' });
  await aborted.promise;
  await expectOneRecord('/never', 503);
});
