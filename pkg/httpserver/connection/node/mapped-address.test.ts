import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer, get as getOverTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { listening, portOf, talk } from '../../../../template/support/bare-server.ts';
import { createObservedServer } from '../../../../template/support/observed-server.ts';
import { createTestAuthority } from '../../../../test/support/test-authority.ts';
import { createRateLimit } from '../../admission/rate-limit.ts';
import type { HttpServerDependencies, HttpServerOptions } from '../../server-options.ts';
import { unmapRemoteAddresses } from './mapped-address.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

async function start(options: Partial<HttpServerOptions> = {}, dependencies: Partial<HttpServerDependencies> = {}) {
  const { server, access, lines } = await createObservedServer({ host: '::', ...options }, dependencies);
  server.app.get('/ip', async ({ ip, socket }) => ({ ip, family: socket.remoteFamily }));
  await server.listen();
  onTestFinished(() => server.close(AbortSignal.timeout(500)));
  return { port: server.address()?.port ?? 0, access, lines };
}

test('an IPv4 client of a listener on all addresses has its IPv4 address, in handlers and in the log', async () => {
  const { port, access } = await start();
  const response = await fetch(`http://127.0.0.1:${port}/ip`);
  expect(await response.json()).toEqual({ ip: '127.0.0.1', family: 'IPv4' });
  await expect.poll(access).toHaveLength(1);
  expect(access()[0]).toMatchObject({ remote_address: '127.0.0.1' });
});

test.skipIf(!HAS_IPV6)('an IPv6 client keeps its address (skipped without IPv6)', async () => {
  const { port } = await start();
  const response = await fetch(`http://[::1]:${port}/ip`);
  expect(await response.json()).toEqual({ ip: '::1', family: 'IPv6' });
});

test('a listener on all addresses logs an address that can be opened', async () => {
  const { port, lines } = await start();
  expect(lines.map(({ msg }) => msg)).toEqual([`http listening at http://127.0.0.1:${port}`]);
});

test('an IPv4 range of trusted proxies matches, and a client behind one is counted by its own address', async () => {
  const addresses: (string | undefined)[] = [];
  const limit = createRateLimit({ max: 10, windowMs: 60_000 });
  const rateLimit: typeof limit = {
    ...limit,
    take(address, now) {
      addresses.push(address);
      return limit.take(address, now);
    },
  };
  const { port } = await start({ trustProxy: ['127.0.0.0/8'] }, { rateLimit });
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  const response = await fetch(`http://127.0.0.1:${port}/ip`, { headers });
  expect(await response.json()).toMatchObject({ ip: '203.0.113.7' });
  await (await fetch(`http://127.0.0.1:${port}/ip`)).text();
  expect(addresses).toEqual(['203.0.113.7', '127.0.0.1']);
});

test.skipIf(!HAS_IPV6)('Node reports an IPv4 client in its IPv6 form (skipped without IPv6)', async () => {
  const server = await listening(
    createServer(({ socket }, response) => response.end(socket.remoteAddress)),
    '::',
  );
  expect(await talk(portOf(server), 'GET / HTTP/1.0\r\n\r\n')).toMatch(/\r\n::ffff:127\.0\.0\.1$/);
});

test('the same applies over TLS', async () => {
  const { cert, key } = await (await createTestAuthority()).issue('CN=localhost');
  const server = createTlsServer({ cert, key }, ({ socket }, response) => response.end(socket.remoteAddress));
  unmapRemoteAddresses(server);
  server.listen(0);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = await once(
    getOverTls({ host: '127.0.0.1', port, rejectUnauthorized: false, agent: false }),
    'response',
  );
  expect(String(await once(response, 'data'))).toBe('127.0.0.1');
});
