import { afterAll, beforeAll, expect, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';

const { server, access } = await createObservedServer({}, { access: { guard, onRejected: () => {} } });
const config = { access: 'nobody' };
server.app.get('/items/:key', { config }, async () => 'never');
server.app.get('/items/:key/parts/:part', { config }, async () => 'never');
server.app.get('/files/*', { config: { access: 'public' } }, async () => 'files');

function guard() {
  return { rejected: 'nobody', problem: { status: 401, code: 'unauthorized' } };
}

beforeAll(() => server.listen());
afterAll(() => server.close());

const ask = async (path: string, method = 'GET') =>
  (await fetch(`http://127.0.0.1:${server.address()?.port}${path}`, { method })).status;

test.each(['/items/', '/items/?a=1', '/items//parts/1', '/items/1/parts/', '/items//parts/'])(
  '%s is an unknown path: 404 before credentials are checked',
  async (path) => {
    expect(await ask(path)).toBe(404);
    expect(await ask(path, 'PUT')).toBe(404);
    expect(await ask(path, 'HEAD')).toBe(404);
    expect(access().at(-1)).toMatchObject({ handler: 'unmatched', status: 404 });
  },
);

test('a parameter that is not empty is accepted', async () => {
  expect(await ask('/items/1')).toBe(401);
  expect(await ask('/items/1', 'PUT')).toBe(405);
  expect(await ask('/items/%20')).toBe(401);
});

test('a wildcard may be empty', async () => {
  expect(await ask('/files/')).toBe(200);
});
