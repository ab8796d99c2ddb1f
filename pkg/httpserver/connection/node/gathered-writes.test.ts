import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { bareServer, listening, portOf } from '../../../../template/support/bare-server.ts';
import { createTestAuthority } from '../../../../test/support/test-authority.ts';
import { bytesSent } from './bytes-sent.ts';
import { type GatherOptions, gatherWrites } from './gathered-writes.ts';

async function serve(listener: RequestListener, options: GatherOptions = {}): Promise<Server> {
  const server = await bareServer(listener);
  gatherWrites(server, options);
  return server;
}

const textFor = (url: string) => `response to ${url}`;

/** Records, for each request, how many connections have been written to by the time it is handled. */
function recorder({ busyMs = 0, body = textFor }: { busyMs?: number; body?: (url: string) => string | Buffer } = {}) {
  const sockets = new Set<Socket>();
  const writtenBefore: number[] = [];
  const listener: RequestListener = ({ url = '', socket }, response) => {
    writtenBefore.push([...sockets].filter((each) => bytesSent(each) > 0).length);
    sockets.add(socket);
    const until = performance.now() + busyMs;
    while (performance.now() < until);
    response.end(body(url));
  };
  return { writtenBefore, listener };
}

async function connected(server: Server, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(portOf(server), '127.0.0.1'));
  await expect.poll(() => promisify(server.getConnections.bind(server))()).toBe(count);
  return sockets;
}

/** Sends a request on every connection at once, so that the server receives all of them in its next turn. */
async function requestTogether(server: Server, count: number): Promise<string[]> {
  const sockets = await connected(server, count);
  const responses = sockets.map((socket) => text(socket));
  for (const [n, socket] of sockets.entries()) socket.write(requestFor(n, 'close'));
  return Promise.all(responses);
}

function requestFor(n: number, connection = 'keep-alive'): string {
  return `GET /${n} HTTP/1.1\r\nhost: a\r\nconnection: ${connection}\r\n\r\n`;
}

function spyOnWrites(socket: Socket & { _handle?: Record<string, () => number> }, spy: () => void): void {
  const handle = socket._handle ?? {};
  for (const name of ['writeUtf8String', 'writeLatin1String', 'writeBuffer', 'writev']) {
    const write = handle[name];
    handle[name] = function (...args) {
      spy();
      return write?.apply(this, args) ?? 0;
    };
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const PATIENT = { maxWaitMs: 60_000 };

test('Node writes each response before it handles the next request of the same turn', async () => {
  const { writtenBefore, listener } = recorder();
  await requestTogether(await bareServer(listener), 8);
  expect(writtenBefore).toEqual(numbers(8));
});

test('the responses of one turn are written when all of its requests have been handled', async () => {
  const { writtenBefore, listener } = recorder();
  const responses = await requestTogether(await serve(listener, PATIENT), 8);
  expect(responses.map((response) => response.split('\r\n').at(-1))).toEqual(
    numbers(8).map((n) => `response to /${n}`),
  );
  expect(writtenBefore).toEqual(Array(8).fill(0));
});

test('no more connections wait than allowed', async () => {
  const { writtenBefore, listener } = recorder();
  await requestTogether(await serve(listener, { ...PATIENT, maxConnections: 3 }), 8);
  expect(writtenBefore).toEqual([0, 0, 0, 3, 3, 3, 6, 6]);
});

test('when the time limit is reached, the next response is written together with the waiting ones', async () => {
  const { writtenBefore, listener } = recorder({ busyMs: 20 });
  await requestTogether(await serve(listener), 4);
  expect(writtenBefore).toEqual([0, 0, 2, 2]);
});

test.each([
  ['text', textFor],
  ['buffers', (url: string) => Buffer.from(textFor(url))],
])('requests in one packet get their responses in order, with one system call (%s)', async (_, body) => {
  const writes = vi.fn();
  const { listener } = recorder({ body });
  const server = await serve((request, response) => {
    if (request.url === '/0') spyOnWrites(request.socket, writes);
    queueMicrotask(() => listener(request, response));
  }, PATIENT);
  const [socket] = await connected(server, 1);
  socket?.write([...numbers(19).map((n) => requestFor(n)), requestFor(19, 'close')].join(''));
  const responses = await text(socket ?? Readable.from([]));
  expect(responses.match(/response to \/\d+/g)).toEqual(numbers(20).map((n) => `response to /${n}`));
  expect(writes).toHaveBeenCalledOnce();
});

test.each([10, 100_000])('listeners of a response of %d bytes run in the context of its request', async (size) => {
  const current = new AsyncLocalStorage<string>();
  const contexts: (string | undefined)[] = [];
  const server = await serve(({ url = '' }, response) => {
    current.run(url, () => {
      response.once('finish', () => contexts.push(current.getStore()));
      response.end('x'.repeat(size));
    });
  }, PATIENT);
  await requestTogether(server, 8);
  expect(contexts.toSorted()).toEqual(numbers(8).map((n) => `/${n}`));
});

test('a large response is finished when the client has read it', async () => {
  const finished = vi.fn();
  const server = await serve((_request, response) => {
    response.once('finish', finished);
    queueMicrotask(() => response.end('x'.repeat(64 * 1024 * 1024)));
  });
  const [socket] = await connected(server, 1);
  socket?.pause().write(requestFor(0) + requestFor(1, 'close'));
  await expect.poll(() => socket?.readableLength).toBeGreaterThan(0);
  expect(finished).not.toHaveBeenCalled();
  expect((await text(socket ?? Readable.from([]))).length).toBeGreaterThan(128 * 1024 * 1024);
  expect(finished).toHaveBeenCalledTimes(2);
});

test('only a response that is followed by another is finished before it has been written', async () => {
  const sent: [string, number][] = [];
  const listener: RequestListener = ({ url = '', socket }, response) => {
    response.once('finish', () => sent.push([url, bytesSent(socket)]));
    queueMicrotask(() => response.end(textFor(url)));
  };
  const server = await serve(listener, PATIENT);
  server.on('checkContinue', listener);
  const [socket] = await connected(server, 1);
  socket?.write(requestFor(0) + requestFor(1));
  const [two] = await once(socket ?? server, 'data');
  socket?.end(requestFor(2).replace('host', 'expect: 100-continue\r\nhost'));
  const third = await text(socket ?? Readable.from([]));
  expect(sent).toEqual([
    ['/0', 0],
    ['/1', two.length],
    ['/2', two.length + third.length],
  ]);
});

test('responses to a client that does not read are held back', async () => {
  let serverSocket: Socket | undefined;
  const server = await serve(({ socket }, response) => {
    serverSocket = socket;
    response.end('x'.repeat(10_000));
  }, PATIENT);
  const [socket] = await connected(server, 1);
  socket?.pause();
  let count = 0;
  while (!serverSocket?.writableLength && count < 5000) {
    socket?.write(requestFor(count++));
    await once(server, 'request');
  }
  expect(serverSocket?.writableLength).toBeGreaterThan(0);
  socket?.write(requestFor(count++, 'close'));
  expect((await text(socket ?? Readable.from([]))).match(/HTTP/g)).toHaveLength(count);
});

test('responses in different encodings share a packet', async () => {
  const server = await serve(({ url }, response) => {
    response.end('é', url === '/1' ? 'latin1' : 'utf8');
  }, PATIENT);
  const [socket] = await connected(server, 1);
  socket?.write([requestFor(0), requestFor(1), requestFor(2, 'close')].join(''));
  const responses = (await buffer(socket ?? Readable.from([]))).toString('latin1');
  expect(responses.match(/(?<=\r\n\r\n)[^H]+/g)).toEqual(['\xc3\xa9', '\xe9', '\xc3\xa9']);
});

test('what waits counts as written bytes', async () => {
  const counts: number[] = [];
  const server = await serve(({ socket }, response) => {
    response.writeHead(200, { 'content-length': 6 }).write('abc');
    response.end(Buffer.from('def'));
    counts.push(socket.bytesWritten, bytesSent(socket));
  }, PATIENT);
  const [response = ''] = await requestTogether(server, 1);
  expect(response).toMatch(/\r\nabcdef$/);
  expect(counts).toEqual([response.length, 0]);
});

test.each(['destroy', 'destroySoon', 'end'] as const)('%s sends what waits', async (close) => {
  const server = await serve(({ socket, url = '' }, response) => {
    response.end(textFor(url));
    socket[close]();
  }, PATIENT);
  expect((await requestTogether(server, 2)).join()).toMatch(/response to \/0.*response to \/1/s);
});

async function serveTls(listener: RequestListener) {
  const authority = await createTestAuthority();
  const { cert = '', key = '' } = await authority.issue('CN=server');
  const server = createServer({ cert, key }, listener);
  gatherWrites(server, { maxConnections: 1 });
  await listening(server);
  return connectTls({ port: portOf(server), host: '127.0.0.1', ca: authority.cert });
}

test.each([10, 10_000])('over TLS, responses of %d bytes are sent one after the other', async (size) => {
  const socket = await serveTls((_request, response) => response.end('x'.repeat(size)));
  socket.write([...numbers(99).map((n) => requestFor(n)), requestFor(99, 'close')].join(''));
  expect((await text(socket)).match(new RegExp(`x{${size}}`, 'g'))).toHaveLength(100);
});

test('what waits for an unfinished write when the connection is destroyed is reported as not sent', async () => {
  const onWritten = vi.fn();
  const client = await serveTls(({ url, socket }, response) => {
    response.once('finish', () => socket.destroy());
    queueMicrotask(() => {
      if (url === '/0') response.end();
      if (url === '/1') response.write('beginning', onWritten);
    });
  });
  client.on('error', () => {}).resume();
  client.write(
    numbers(3)
      .map((n) => requestFor(n))
      .join(''),
  );
  await once(client, 'close');
  expect(onWritten.mock.calls).toMatchObject([[{ message: 'The connection was closed before this was sent.' }]]);
});

test('a client that half-closes after its request gets the response', async () => {
  const [socket] = await connected(await serve(recorder().listener, PATIENT), 1);
  socket?.end(requestFor(7));
  expect(await text(socket ?? Readable.from([]))).toContain('response to /7');
});

test('a body written in many pieces arrives complete, with backpressure', async () => {
  const pieces = numbers(2000).map((n) => `${n}:${'x'.repeat(500)}\n`);
  const server = await serve((_request, response) => Readable.from(pieces).pipe(response), PATIENT);
  const response = await fetch(`http://127.0.0.1:${portOf(server)}/`);
  expect(await response.text()).toBe(pieces.join(''));
});
