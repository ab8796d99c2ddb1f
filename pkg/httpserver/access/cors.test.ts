import { expect, onTestFinished, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';

const ORIGIN = 'https://app.example.com';
const PREFLIGHT = { origin: ORIGIN, 'access-control-request-method': 'PUT' };

/** A server that rejects every request, for pages of {@link ORIGIN}. */
async function serve() {
  const rejected = { problem: { status: 401, code: 'unauthorized' }, rejected: 'no token' } as const;
  const access = { guard: () => rejected, onRejected: () => {} };
  const { server, metrics } = await createObservedServer({ cors: { origins: [ORIGIN] } }, { access });
  onTestFinished(() => server.close());
  server.app.put('/items/:id', { config: { access: 'items:write' } }, async () => ({}));
  await server.listen();
  const url = `http://127.0.0.1:${server.address()?.port}`;
  const options = (path: string, headers: Record<string, string> = {}) =>
    fetch(url + path, { method: 'OPTIONS', headers });
  return { options, url, metrics };
}

test('a preflight needs no token, and its response lists the methods of the path, for ten minutes', async () => {
  const { options, url } = await serve();
  const response = await options('/items/a', PREFLIGHT);
  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': ORIGIN,
    'access-control-allow-methods': 'PUT',
    'access-control-allow-headers': 'authorization, content-type, if-match, if-none-match, x-request-id, traceparent',
    'access-control-max-age': '600',
  });
  expect((await fetch(`${url}/items/a`, { method: 'PUT', headers: { origin: ORIGIN } })).status).toBe(401);
});

test('a response lists the headers that a page may read', async () => {
  const { url } = await serve();
  const { status, headers } = await fetch(`${url}/none`, { headers: { origin: ORIGIN } });
  expect(status).toBe(404);
  expect(Object.fromEntries(headers)).toMatchObject({
    'access-control-expose-headers': 'etag, location, retry-after, x-request-id',
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'Origin',
  });
});

test.each([
  ['without an origin', {}],
  ['of an origin that is not listed', { ...PREFLIGHT, origin: 'https://evil.example' }],
  ['that is not a preflight', { origin: ORIGIN }],
])('an OPTIONS request %s gets 405, and 404 for an unknown path', async (_what, headers) => {
  const { options, metrics } = await serve();
  const known = await options('/items/a', headers);
  expect([known.status, known.headers.get('allow')]).toEqual([405, 'PUT']);
  expect(known.headers.has('access-control-allow-methods')).toBe(false);
  expect(await known.json()).toMatchObject({ code: 'method_not_allowed' });
  expect((await options('/none', headers)).status).toBe(404);
  expect(await metrics()).toMatch(/http_requests_total\{method="OPTIONS",handler="unmatched",code="405"\} 1/);
});
