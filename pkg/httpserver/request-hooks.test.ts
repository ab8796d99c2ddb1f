import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Type } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';
import { createObservedServer } from '../../template/support/observed-server.ts';
import type { Guard } from './access/access.ts';
import type { RateLimit } from './admission/rate-limit.ts';
import type { HttpServerDependencies, HttpServerOptions } from './server-options.ts';

const KEYED = {
  params: Type.Object({ key: Type.String({ maxLength: 10 }) }),
  body: Type.Object({ a: Type.Integer() }, { additionalProperties: false }),
};

/** Creates a server that records the stages that a request passes through, in order. */
async function start(
  settings: { isOverLimit?: boolean; isDenied?: boolean } = {},
  options: Partial<HttpServerOptions> = {},
) {
  const steps: string[] = [];
  const guard: Guard = () => {
    steps.push('access');
    return settings.isDenied
      ? { rejected: 'denied', problem: { status: 401, code: 'token_missing' } }
      : { principal: { subject: 'test', permissions: new Set() } };
  };
  const rateLimit: RateLimit = {
    policy: '"default";q=1;w=1',
    size: 0,
    configure() {},
    take(address) {
      steps.push(`admission of ${address}`);
      return { allowed: settings.isOverLimit !== true, remaining: 0, resetSeconds: 1 };
    },
  };
  const dependencies: Partial<HttpServerDependencies> = {
    rateLimit,
    access: { guard, onRejected: (reason) => steps.push(`rejected: ${reason}`) },
    audit: () => void steps.push('audit'),
  };
  const { server, access } = await createObservedServer(options, dependencies);
  const { app } = server;
  app.put(
    '/items/:key',
    {
      config: { access: 'write' },
      schema: KEYED,
      onRequest: async () => void steps.push("the route's onRequest"),
      preParsing: async () => void steps.push('body read'),
      preValidation: async () => void steps.push("the route's preValidation"),
      preHandler: async () => void steps.push('validated'),
    },
    async () => {
      steps.push('handler');
      return {};
    },
  );
  await server.listen();
  onTestFinished(() => server.close(AbortSignal.timeout(500)));
  const port = server.address()?.port ?? 0;
  const put = (path: string, body = '{"a":1}', headers = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { port, put, steps, access };
}

test('the stages of a request are the client address, admission, access, its body, validation, handler and audit', async () => {
  const { put, steps } = await start({}, { trustProxy: ['127.0.0.1'] });
  const response = await put('/items/a', '{"a":1}', { 'x-forwarded-for': '203.0.113.7' });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-request-id')).toMatch(/./);
  expect(steps).toEqual([
    'admission of 203.0.113.7',
    'access',
    "the route's onRequest",
    'body read',
    "the route's preValidation",
    'validated',
    'handler',
    'audit',
  ]);
});

test('admission runs before access control, so a client over its limit causes no token check', async () => {
  const { put, steps, access } = await start({ isOverLimit: true, isDenied: true });
  expect((await put('/items/a')).status).toBe(429);
  expect(steps).toEqual(['admission of 127.0.0.1', 'audit']);
  // The route is known first, so that the rejection is counted for it.
  await expect.poll(access).toMatchObject([{ status: 429, handler: '/items/{key}' }]);
});

test('access control runs before the body is read, so a caller without permission is rejected before sending it', async () => {
  const { port, steps } = await start({ isDenied: true });
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  onTestFinished(() => void socket.destroy());
  socket.write('PUT /items/a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n');
  const [head] = await once(socket, 'data');
  expect(head).toMatch(/^HTTP\/1\.1 401 /);
  expect(steps).toEqual(['admission of 127.0.0.1', 'access', 'rejected: denied', 'audit']);
});

test('an empty parameter is rejected after admission and before access control', async () => {
  const { put, steps, access } = await start({ isDenied: true });
  expect((await put('/items/')).status).toBe(404);
  expect(steps[0]).toBe('admission of 127.0.0.1');
  expect(steps).not.toContain('access');
  await expect.poll(access).toMatchObject([{ status: 404, handler: 'unmatched' }]);
});

test('a request without a route only passes through the client address and admission', async () => {
  const { put, steps, access } = await start({}, { trustProxy: ['127.0.0.1'] });
  expect((await put('/none', '{}', { 'x-forwarded-for': '203.0.113.7' })).status).toBe(404);
  expect(steps).toEqual(['admission of 203.0.113.7']);
  await expect.poll(access).toMatchObject([{ status: 404, remote_address: '203.0.113.7' }]);
});

test('a request that fails validation was admitted and authorized, and does not reach the handler', async () => {
  const { put, steps } = await start();
  expect((await put('/items/a', '{"a":"x"}')).status).toBe(422);
  expect(steps).toContain('access');
  expect(steps).not.toContain('handler');
});

test('only request-hooks.ts and the CORS plugin add hooks to requests', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) =>
      /addHook\(\s*'(?!onRoute|onRegister|onReady|onClose)/.test(readFileSync(join(import.meta.dirname, name), 'utf8')),
    );
  expect(files.sort()).toEqual([join('access', 'cors.ts'), 'request-hooks.ts']);
});
