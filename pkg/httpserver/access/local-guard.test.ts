import { request } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpServer } from '../server.ts';
import { createLocalGuard } from './local-guard.ts';

const reasons: string[] = [];
const server = createHttpServer(
  { name: 'admin', host: '0.0.0.0', port: 0 },
  {
    logger: pino({ level: 'silent' }),
    access: {
      guard: createLocalGuard({ allowedHosts: ['admin.internal', '2001:db8::1'] }),
      onRejected: (reason) => reasons.push(reason),
    },
  },
);
server.app.get('/config', { config: { access: 'admin' } }, async () => 'config');

beforeAll(() => server.listen());
afterAll(() => server.close());

function ask(headers: Record<string, string | string[]>, localAddress = '127.0.0.1'): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const port = server.address()?.port;
  request(
    { host: '127.0.0.1', port, path: '/config', headers, localAddress, agent: false, setHost: false },
    (response) => {
      response.resume();
      resolve(response.statusCode);
    },
  )
    .on('error', reject)
    .end();
  return promise;
}

test.each([
  ...['localhost', 'localhost:9091', 'LocalHost:1', '127.0.0.1', '127.0.0.1:9091', '127.9.9.9', '[::1]', '[::1]:9091'],
  ...['admin.internal', 'ADMIN.internal:9091', '[2001:db8::1]:9091'],
])('Host: %s is admitted', async (host) => {
  expect(await ask({ host })).toBe(200);
});

test.each([
  ...[
    'evil.example',
    'localhost.evil.example',
    'evil-localhost',
    '127.0.0.1.evil.example',
    '128.0.0.1',
    '0.0.0.0',
    '10.1.2.3:9091',
  ],
  ...['127.0.0.1.', 'localhost.', '[::2]', '2130706433', '0x7f.1', 'localhost%00'],
])('Host: %s is rejected, as after DNS rebinding', async (host) => {
  expect(await ask({ host })).toBe(403);
  expect(reasons.at(-1)).toBe('host_not_allowed');
});

test.each([
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': '' },
  { origin: 'https://evil.example' },
  { origin: 'http://localhost:3000' },
  { origin: 'null' },
  { origin: 'http://localhost:9091/', 'sec-fetch-site': 'cross-site' },
  { origin: ['http://localhost:9091', 'https://evil.example'] },
])('a page of another origin (%j) is rejected', async (headers) => {
  expect(await ask({ host: 'localhost:9091', ...headers })).toBe(403);
  expect(reasons.at(-1)).toBe('cross_site');
});

test.each([
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'same-origin' },
  { origin: 'http://localhost:9091', 'sec-fetch-site': 'same-origin' },
])('opening the page, and requests of the page itself (%j), are admitted', async (headers) => {
  expect(await ask({ host: 'localhost:9091', ...headers })).toBe(200);
});

test('no header admits a peer with another address, such as the sidecar at 127.0.0.6', async () => {
  expect(await ask({ host: 'localhost', origin: 'http://localhost' }, '127.0.0.6')).toBe(403);
  expect(reasons.at(-1)).toBe('not_local');
});
