import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestListener, Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bareServer, portOf } from '../../../../template/support/bare-server.ts';
import { type GatherOptions, gatherWrites } from './gathered-writes.ts';

async function serve(listener: RequestListener, options: GatherOptions = {}): Promise<Server> {
  const server = await bareServer(listener);
  gatherWrites(server, options);
  return server;
}

/** Records when each request is handled and when its response is written, with the context of the latter. */
function recorder({ busyMs = 0 } = {}) {
  const events: string[] = [];
  const current = new AsyncLocalStorage<string>();
  const listener: RequestListener = ({ url = '' }, response) =>
    current.run(url, () => {
      events.push(`${url} handled`);
      response.once('finish', () => events.push(`${current.getStore()} written`));
      const until = performance.now() + busyMs;
      while (performance.now() < until);
      response.end(`response to ${url}`);
    });
  return { events, listener };
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

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const eachOf = (count: number, what: string) => numbers(count).map((n) => `/${n} ${what}`);
const PATIENT = { maxWaitMs: 60_000 };

test('Node writes each response before it handles the next request of the same turn', async () => {
  const { events, listener } = recorder();
  await requestTogether(await bareServer(listener), 8);
  expect(events).toEqual(numbers(8).flatMap((n) => [`/${n} handled`, `/${n} written`]));
});

test('the responses of one turn are written when all of its requests have been handled', async () => {
  const { events, listener } = recorder();
  const responses = await requestTogether(await serve(listener, PATIENT), 8);
  expect(responses.map((response) => response.split('\r\n').at(-1))).toEqual(
    numbers(8).map((n) => `response to /${n}`),
  );
  expect(events).toEqual([...eachOf(8, 'handled'), ...eachOf(8, 'written')]);
});

test('no more responses wait than allowed', async () => {
  const { events, listener } = recorder();
  await requestTogether(await serve(listener, { ...PATIENT, maxResponses: 3 }), 8);
  expect(events.slice(0, 6)).toEqual([...eachOf(3, 'handled'), ...eachOf(3, 'written')]);
});

test('when the time limit is reached, the next response is written together with the waiting ones', async () => {
  const { events, listener } = recorder({ busyMs: 20 });
  await requestTogether(await serve(listener), 4);
  expect(events.slice(0, 4)).toEqual([...eachOf(2, 'handled'), ...eachOf(2, 'written')]);
});

test('requests in one packet get their responses in order', async () => {
  const [socket] = await connected(await serve(recorder().listener, PATIENT), 1);
  socket?.write([...numbers(39).map((n) => requestFor(n)), requestFor(39, 'close')].join(''));
  const responses = await text(socket ?? Readable.from([]));
  expect(responses.match(/response to \/\d+/g)).toEqual(numbers(40).map((n) => `response to /${n}`));
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
