import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';
import { ProblemError } from './problem.ts';

const { server, lines, access } = await createObservedServer({ handlerTimeoutMs: 2000 });
const { app } = server;

const ODD: Record<string, unknown> = {
  undefined: undefined,
  number: 404,
  symbol: Symbol('s3cret'),
  bigint: 10n,
  function: () => 's3cret',
  // biome-ignore lint/suspicious/noThenProperty: an object that only resembles a promise is under test
  thenable: { then: 's3cret', message: 's3cret' },
  frozen: Object.freeze(new Error('s3cret')),
  'frozen-with-status': Object.freeze(Object.assign(new Error('s3cret'), { statusCode: 404 })),
  'upstream-status': Object.assign(new Error('s3cret at http://internal'), { statusCode: 404, status: 404 }),
  'status-out-of-range': Object.assign(new Error('s3cret'), { statusCode: 4000 }),
  headers: Object.assign(new Error('s3cret'), { headers: { 'x-secret': 's3cret' } }),
  getters: Object.defineProperties(new Error('s3cret'), {
    ...Object.fromEntries(
      ['code', 'statusCode', 'validation', 'headers', 'stack', 'message'].map((name) => [
        name,
        {
          enumerable: true,
          get: () => {
            throw new Error('s3cret');
          },
        },
      ]),
    ),
  }),
  proxy: new Proxy(new Error('s3cret'), {
    get: () => {
      throw new Error('s3cret');
    },
    has: () => {
      throw new Error('s3cret');
    },
  }),
  circular: Object.assign(new Error('s3cret'), { self: { toJSON: () => Promise.reject } }),
  'problem-with-odd-status': new ProblemError({ status: 99, code: 'odd', detail: 's3cret' }),
  'fake-validation': Object.assign(new Error('s3cret'), { validation: [null, 1] }),
};
for (const [name, thrown] of Object.entries(ODD)) {
  app.get(`/odd/throws/${name}`, () => {
    throw thrown;
  });
  app.get(`/odd/rejects/${name}`, async () => {
    throw thrown;
  });
  app.get(`/odd/in-a-hook/${name}`, { preHandler: () => Promise.reject(thrown) }, async () => 'never');
}

const failing = async () => {
  throw new Error('s3cret');
};
const circular: Record<string, unknown> = {};
circular.self = circular;
const responses: Record<string, (reply: FastifyReply) => unknown> = {
  'header-value': (reply) => reply.header('x-odd', 'a\nb').send('s3cret'),
  'header-name': (reply) => reply.header('x odd', 'a').send('s3cret'),
  'header-symbol': (reply) => reply.header('x-odd', Symbol('s3cret')).send('s3cret'),
  'header-object': (reply) => reply.header('x-odd', { toString: throwNow }).send('s3cret'),
  'content-type': (reply) => reply.type('text/plain\n').send('s3cret'),
  'status-message': (reply) => {
    reply.raw.statusMessage = 'a\nb';
    return reply.send('s3cret');
  },
  'raw-status': (reply) => {
    reply.raw.statusCode = 99_999;
    return reply.send('s3cret');
  },
  status: (reply) => reply.code(99_999).send('s3cret'),
  circular: (reply) => reply.send(circular),
  bigint: (reply) => reply.send({ n: 10n }),
  'to-json': (reply) => reply.send({ toJSON: throwNow }),
  'wrong-type': (reply) => reply.type('text/csv').send({ s3cret: true }),
  serializer: (reply) => reply.serializer(() => throwNow()).send({ a: 1 }),
  stream: (reply) => reply.send(new Readable({ read: throwNow })),
  'stream-destroyed': (reply) => reply.send(new Readable({ read() {} }).destroy(new Error('s3cret'))),
  'stream-encoded': (reply) =>
    reply.header('content-encoding', 'gzip').send(
      new Readable({
        read() {
          this.destroy(new Error('s3cret'));
        },
      }),
    ),
  'web-stream': (reply) => reply.send(new ReadableStream({ pull: throwNow })),
  response: (reply) => reply.send(new Response(new ReadableStream({ pull: throwNow }))),
  trailer: (reply) => reply.header('x-odd', 'a\nb').trailer('x-t', throwNow).send('s3cret'),
};
function throwNow(): never {
  throw new Error('s3cret');
}
for (const [name, respond] of Object.entries(responses)) {
  app.get(`/responds/${name}`, (_request, reply) => void respond(reply));
  app.get(`/responds-async/${name}`, async (_request, reply) => respond(reply));
}
for (const name of ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend']) {
  app.get(`/hooks/${name}`, { [name]: failing }, async () => ({ a: 1 }));
  app.get(`/hooks-that-call-back/${name}`, { [name]: callBack }, async () => ({ a: 1 }));
}
function callBack(...args: unknown[]): void {
  const done = args.at(-1);
  if (typeof done === 'function') done(new Error('s3cret'));
}
app.get(
  '/serializer',
  { schema: { response: { 200: Type.Object({ n: Type.Integer() }) } } },
  async () => Object.assign({}, { n: 's3cret' }) as never,
);
app.get('/mislabelled', async (_request, reply) => {
  reply.headers({ 'content-encoding': 'gzip', 'cache-control': 'max-age=60', etag: '"1"', vary: 'accept' });
  throw new Error('s3cret');
});

app.get('/hooks/onError', { onError: failing }, throwNow);
app.get('/problem-headers', async () => {
  throw new ProblemError({ status: 409, code: 'odd', headers: { 'x-odd': 'a\nb', 'retry-after': '1' } });
});
app.get('/after-the-response', { onResponse: failing }, async () => 'fine');
app.get('/hook-that-hangs', { onSend: () => new Promise(() => {}) }, async () => 'never');
app.get('/hook-that-is-late', { onSend: late }, async () => 'late');
const isLate = Promise.withResolvers<void>();
async function late(): Promise<void> {
  await isLate.promise;
}

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

test.each([
  ...Object.keys(ODD).flatMap((name) => [`/odd/throws/${name}`, `/odd/rejects/${name}`, `/odd/in-a-hook/${name}`]),
  ...Object.keys(responses).flatMap((name) => [`/responds/${name}`, `/responds-async/${name}`]),
  ...['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend'].flatMap((name) => [
    `/hooks/${name}`,
    `/hooks-that-call-back/${name}`,
  ]),
  '/hooks/onError',
  '/serializer',
])('%s causes a 500 without details and one log line', async (path) => {
  const before = lines.length;
  const { status, type, body } = await ask(path);
  expect([status, type], body).toEqual([500, 'application/problem+json']);
  expect(JSON.parse(body)).toMatchObject({ status: 500, code: 'internal_error', requestId: expect.any(String) });
  expect(body).not.toContain('s3cret');
  await expect.poll(() => access().filter((line) => line.path === path)).toMatchObject([{ status: 500 }]);
  expect(lines.slice(before).filter(({ msg }) => msg !== 'request')).toMatchObject([{ msg: 'request failed' }]);
});

test('the problem document has no headers of the content that failed', async () => {
  const { headers } = await fetch(`${url}/mislabelled`);
  expect(headers.get('content-encoding')).toBeNull();
  expect(headers.get('cache-control')).toBeNull();
  expect(headers.get('vary')).toBe('accept');
});

test('a problem whose headers cannot be written is sent without them', async () => {
  const response = await fetch(`${url}/problem-headers`);
  expect([response.status, response.headers.get('retry-after'), response.headers.get('x-odd')]).toEqual([
    409,
    '1',
    null,
  ]);
});

test('a hook that fails after the response changes nothing', async () => {
  expect(await ask('/after-the-response')).toMatchObject({ status: 200, body: 'fine' });
  expect((await ask('/after-the-response')).status).toBe(200);
});

test('a hook that hangs while the response is sent causes a 503, and its later result is ignored', async () => {
  const [hangs, comes] = await Promise.all([ask('/hook-that-hangs'), ask('/hook-that-is-late')]);
  for (const { status, body } of [hangs, comes]) {
    expect([status, JSON.parse(body).code]).toEqual([503, 'handler_timeout']);
  }
  isLate.resolve();
  expect(await ask('/after-the-response')).toMatchObject({ status: 200 });
});
