import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createHttpServer, type HttpApp } from '../server.ts';
import type { AccessControl, Guard } from './access.ts';

const everyone: Guard = () => ({ principal: undefined });
const rejectAll: Guard = (_request, permission) => ({
  rejected: 'test',
  problem: { status: 403, code: 'rejected', detail: permission },
});

function serve(routes: (app: HttpApp) => void, guard?: Guard) {
  const access: AccessControl | undefined = guard && { guard, onRejected: () => {} };
  const server = createHttpServer(
    { name: 'http', host: '127.0.0.1', port: 0 },
    { logger: pino({ level: 'silent' }), ...(access && { access }) },
  );
  onTestFinished(() => server.close());
  routes(server.app);
  return server.app;
}

test('a server does not start with a route that does not declare its access, and names it', async () => {
  const app = serve((it) => {
    it.get('/open', { config: { access: 'public' } }, async () => '');
    it.put('/forgotten', async () => '');
    it.register(async (plugin) => void plugin.get('/nested', { config: {} }, async () => ''), { prefix: '/v1' });
  }, everyone);
  await expect(app.ready()).rejects.toThrow(
    /^PUT \/forgotten, GET \/v1\/nested, HEAD \/v1\/nested: expected \{ config: \{ access:/,
  );
});

test('a server without access control does not start with a route that needs a permission', async () => {
  const app = serve((it) => void it.get('/x', { config: { access: 'x:read' } }, async () => ''));
  await expect(app.ready()).rejects.toThrow('GET /x, HEAD /x: expected access control');
});

test("the guard runs before a route's own hooks, body parsing and validation, for HEAD too", async () => {
  const seen: string[] = [];
  const app = serve((it) => {
    const hooks = {
      onRequest: async () => void seen.push('hook'),
      preParsing: async () => void seen.push('body'),
      handler: async () => {
        seen.push('handler');
        return '';
      },
    };
    it.route({ method: ['GET', 'POST'], url: '/x', config: { access: 'x:read' }, ...hooks });
  }, rejectAll);
  for (const method of ['GET', 'HEAD', 'POST'] as const) {
    const response = await app.inject({ method, url: '/x', payload: 'not JSON' });
    expect(response.statusCode, method).toBe(403);
  }
  expect(seen).toEqual([]);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
])('a guard that %s admits no request', async (_what, guard) => {
  let reached = false;
  const app = serve((it) => {
    it.get('/x', { config: { access: 'x:read' } }, async () => {
      reached = true;
      return '';
    });
  }, guard);
  expect((await app.inject('/x')).statusCode).toBe(500);
  expect(reached).toBe(false);
});

test('before the server listens, the routes of each permission are reported', async () => {
  const declared: [string, readonly string[]][] = [];
  const access: AccessControl = { guard: everyone, onRejected() {}, onDeclared: (routes) => declared.push(...routes) };
  const { app, close } = createHttpServer(
    { name: 'http', host: '127.0.0.1', port: 0 },
    { logger: pino({ level: 'silent' }), access },
  );
  onTestFinished(() => close());
  app.get('/open', { config: { access: 'public' } }, async () => '');
  app.get('/x', { config: { access: 'x:read' } }, async () => '');
  app.register(async (nested) => void nested.delete('/y', { config: { access: 'x:read' } }, async () => ''));
  await app.ready();
  expect(declared).toEqual([['x:read', ['GET /x', 'DELETE /y']]]);
});
