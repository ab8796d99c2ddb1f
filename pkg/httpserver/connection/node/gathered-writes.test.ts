import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type GatherOptions, gatherWrites } from './gathered-writes.ts';

async function serve(listener: RequestListener, options: GatherOptions = {}): Promise<Server> {
  const server = createServer(listener);
  gatherWrites(server, options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Says of each request when it was handled and when its answer was written, with what the latter finds as context. */
function recorder({ busyMs = 0 } = {}) {
  const events: string[] = [];
  const current = new AsyncLocalStorage<string>();
  const listener: RequestListener = ({ url = '' }, response) =>
    current.run(url, () => {
      events.push(`${url} handled`);
      response.once('finish', () => events.push(`${current.getStore()} written`));
      const until = performance.now() + busyMs;
      while (performance.now() < until);
      response.end(`answer ${url}`);
    });
  return { events, listener };
}

async function connected(server: Server, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(portOf(server), '127.0.0.1'));
  await expect.poll(() => promisify(server.getConnections.bind(server))()).toBe(count);
  return sockets;
}

/** Asks on every connection in one go, so that all requests are there at the server's next turn. */
async function askTogether(server: Server, count: number): Promise<string[]> {
  const sockets = await connected(server, count);
  const answers = sockets.map((socket) => text(socket));
  for (const [n, socket] of sockets.entries()) socket.write(requestFor(n, 'close'));
  return Promise.all(answers);
}

function requestFor(n: number, connection = 'keep-alive'): string {
  return `GET /${n} HTTP/1.1\r\nhost: a\r\nconnection: ${connection}\r\n\r\n`;
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const eachOf = (count: number, what: string) => numbers(count).map((n) => `/${n} ${what}`);
const PATIENT = { maxWaitMs: 60_000 };

test('the answers of one turn are written when all of its requests have been handled', async () => {
  const { events, listener } = recorder();
  const answers = await askTogether(await serve(listener, PATIENT), 8);
  expect(answers.map((answer) => answer.split('\r\n').at(-1))).toEqual(numbers(8).map((n) => `answer /${n}`));
  expect(events).toEqual([...eachOf(8, 'handled'), ...eachOf(8, 'written')]);
});

test('no more of them wait than are allowed to', async () => {
  const { events, listener } = recorder();
  await askTogether(await serve(listener, { ...PATIENT, maxAnswers: 3 }), 8);
  expect(events.slice(0, 6)).toEqual([...eachOf(3, 'handled'), ...eachOf(3, 'written')]);
});

test('when the wait is over, the next answer takes along those that waited', async () => {
  const { events, listener } = recorder({ busyMs: 20 });
  await askTogether(await serve(listener), 4);
  expect(events.slice(0, 4)).toEqual([...eachOf(2, 'handled'), ...eachOf(2, 'written')]);
});

test('requests in one packet are answered in their order', async () => {
  const [socket] = await connected(await serve(recorder().listener, PATIENT), 1);
  socket?.write([...numbers(39).map((n) => requestFor(n)), requestFor(39, 'close')].join(''));
  const answers = await text(socket ?? Readable.from([]));
  expect(answers.match(/answer \/\d+/g)).toEqual(numbers(40).map((n) => `answer /${n}`));
});

test('a client that half-closes after its request gets the answer', async () => {
  const [socket] = await connected(await serve(recorder().listener, PATIENT), 1);
  socket?.end(requestFor(7));
  expect(await text(socket ?? Readable.from([]))).toContain('answer /7');
});

test('a body that is written in many pieces arrives whole, with backpressure', async () => {
  const pieces = numbers(2000).map((n) => `${n}:${'x'.repeat(500)}\n`);
  const server = await serve((_request, response) => Readable.from(pieces).pipe(response), PATIENT);
  const response = await fetch(`http://127.0.0.1:${portOf(server)}/`);
  expect(await response.text()).toBe(pieces.join(''));
});
