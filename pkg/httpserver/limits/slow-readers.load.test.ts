import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';
import { createTestAuthority } from '../../../test/support/test-authority.ts';
import type { HttpServer } from '../server.ts';
import type { HttpServerDependencies, HttpServerOptions } from '../server-options.ts';

const authority = await createTestAuthority();
let running: HttpServer[] = [];
const clients: Socket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(running.map((server) => server.close(AbortSignal.timeout(500))));
  running = [];
});

const MIB = 1024 * 1024;
/** More than the kernel buffers of both sides hold. */
const LARGE = 'x'.repeat(64 * MIB);

async function start(options: Partial<HttpServerOptions> = {}, dependencies: Partial<HttpServerDependencies> = {}) {
  const { server, metrics, access } = await createObservedServer({ writeTimeoutMs: 300, ...options }, dependencies);
  server.app.get('/large', async () => LARGE);
  server.app.get('/stream', async (_request, reply) => {
    const endless = new Readable({
      read() {
        this.push('x'.repeat(64 * 1024));
      },
    });
    return reply.send(endless);
  });
  server.app.get('/rare', async (_request, reply) => {
    const rare = new Readable({ read() {} });
    rare.push('begin');
    setTimeout(() => {
      rare.push('end');
      rare.push(null);
    }, 1500);
    return reply.send(rare);
  });
  server.app.get('/quick', async () => 'quick');
  await server.listen();
  running.push(server);
  return { port: server.address()?.port ?? 0, metrics, access };
}

/** Opens a connection, sends the requests and reads nothing. */
async function open(port: number, ...paths: string[]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  clients.push(socket);
  await once(socket, 'connect');
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  return socket;
}

test.each(['/large', '/stream'])('a client that does not read %s is disconnected and counted', async (path) => {
  const { port, metrics, access } = await start();
  await open(port, path);
  await expect.poll(access).toMatchObject([{ status: 200, aborted: 'slow_reader' }]);
  expect(await metrics()).toContain('http_requests_aborted_total{reason="slow_reader"} 1');
  expect(await metrics()).toContain('http_requests_in_flight 0');
});

test('requests pipelined after a response that is not read are aborted with it', async () => {
  const { port, access } = await start();
  await open(port, '/large', '/quick', '/large');
  await expect.poll(() => access().length).toBeGreaterThan(0);
  for (const { aborted } of access()) expect(aborted).toBe('slow_reader');
});

test('a client that reads too slowly is disconnected, and one that reads fast enough is not', async () => {
  const { port, access } = await start({ minDataRate: 64 * 1024, writeTimeoutMs: 1_500 });
  const slow = await open(port, '/large');
  const steady = await open(port, '/stream');
  const read = setInterval(() => slow.read(10), 20);
  steady.resume();
  try {
    await expect.poll(access).toMatchObject([{ path: '/large', aborted: 'slow_reader' }]);
    expect(steady.closed).toBe(false);
  } finally {
    clearInterval(read);
  }
});

test('a stream that has nothing to send is not aborted', async () => {
  const { port, access } = await start({ writeTimeoutMs: 100 });
  const response = await fetch(`http://127.0.0.1:${port}/rare`);
  expect(await response.text()).toBe('beginend');
  await expect.poll(access).toMatchObject([{ status: 200 }]);
  expect(access()[0]).not.toHaveProperty('aborted');
});

test('unread responses do not occupy the slots for requests being served', async () => {
  const { port, metrics } = await start({ maxConcurrent: 3, clientShare: 1, writeTimeoutMs: 30_000 });
  for (const path of ['/large', '/stream']) await open(port, path);
  await expect.poll(metrics).toContain('http_requests_in_flight 2');
  const url = `http://127.0.0.1:${port}/quick`;
  const three = async () => Promise.all([1, 2, 3].map(async () => (await fetch(url)).status));
  await expect.poll(three).toEqual([200, 200, 200]);
});

test('a client with many unread responses is rejected, and others are not', async () => {
  const { port } = await start({ maxConcurrent: 5, writeTimeoutMs: 30_000, trustProxy: ['127.0.0.1'] });
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const ask = async (address: string) => (await fetch(`http://127.0.0.1:${port}/quick`, from(address))).status;
  // A client may hold four fifths of the ten slots: five for requests being served and five for responses being read.
  for (let unread = 0; unread < 8; unread++) {
    await expect.poll(() => ask('192.0.2.1')).toBe(200);
    const socket = await open(port);
    socket.write('GET /large HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n');
    await once(socket, 'readable');
  }
  await expect.poll(() => ask('192.0.2.2')).toBe(200);
  expect(await ask('192.0.2.1')).toBe(503);
});

test('a client that does not read is also disconnected over TLS', async () => {
  const { cert, key } = await authority.issue('CN=server');
  const tls = { serverOptions: { cert, key }, start() {}, stop() {} };
  const { port, access } = await start({}, { tls });
  const socket = connectTls({ port, host: '127.0.0.1', ca: authority.cert }).on('error', () => {});
  clients.push(socket);
  await once(socket, 'secureConnect');
  socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(access).toMatchObject([{ status: 200, aborted: 'slow_reader' }]);
});
