import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createObservedServer } from '../../../template/support/observed-server.ts';
import type { HttpServerOptions } from '../server-options.ts';
import { createConnectionAge } from './connection-age.ts';

async function start(options: Partial<HttpServerOptions>): Promise<number> {
  const { server } = await createObservedServer(options);
  server.app.get('/n/:n', async ({ params }) => `<${(params as { n: string }).n}>`);
  server.app.get('/slow/:n', async ({ params }) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    return `<${(params as { n: string }).n}>`;
  });
  await server.listen();
  onTestFinished(() => server.close(AbortSignal.timeout(500)));
  return server.address()?.port ?? 0;
}

/**
 * Sends all requests through one connection after another, `depth` at a time, and continues with those that got no
 * response before their connection closed. A response with `Connection: close` is the last one of a connection (RFC 9112 §9.6).
 */
async function pipeline(port: number, numbers: readonly number[], depth: number, path = '/n') {
  const responses: number[] = [];
  const perConnection: number[] = [];
  let waiting = [...numbers];
  while (waiting.length > 0) {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(true);
    let received = '';
    let sent = 0;
    let closing = false;
    const completed = () => [...received.matchAll(/\r\n\r\n<(\d+)>/g)].map(([, n]) => Number(n));
    const send = () => {
      const upTo = Math.min(completed().length + depth, waiting.length);
      const batch = waiting.slice(sent, upTo).map((n) => `GET ${path}/${n} HTTP/1.1\r\nHost: x\r\n\r\n`);
      sent = upTo;
      if (batch.length > 0) socket.write(batch.join(''));
    };
    socket.on('data', (text) => {
      expect(closing && /HTTP\/1\.1/.test(String(text)), 'nothing follows the last response').toBe(false);
      received += text;
      closing = /connection: close/i.test(received);
      if (completed().length === waiting.length) socket.end();
      else if (!closing) send();
    });
    socket.on('error', () => {});
    send();
    await once(socket, 'close', { signal: AbortSignal.timeout(30_000) });
    const done = completed();
    expect(done, 'responses come in order').toEqual(waiting.slice(0, done.length));
    expect(done.length, 'a connection makes progress').toBeGreaterThan(0);
    perConnection.push(done.length);
    responses.push(...done);
    waiting = waiting.slice(done.length);
  }
  return { responses, perConnection };
}

const NUMBERS = Array.from({ length: 300 }, (_, index) => index);

test('a connection is closed after its maximum number of requests', async () => {
  const port = await start({ maxConnectionRequests: 10 });
  const { responses, perConnection } = await pipeline(port, NUMBERS, 1);
  expect(responses).toEqual(NUMBERS);
  expect(perConnection).toEqual(Array.from({ length: 30 }, () => 10));
});

test.each(['/n', '/slow'])('a client that pipelines loses and repeats no request (%s)', async (path) => {
  const port = await start({ maxConnectionRequests: 7 });
  const { responses, perConnection } = await pipeline(port, NUMBERS, 16, path);
  expect(responses).toEqual(NUMBERS);
  expect(perConnection.length).toBeGreaterThan(1);
  expect(Math.min(...perConnection.slice(0, -1))).toBeGreaterThanOrEqual(7);
});

test('20 clients whose connections are constantly replaced lose no request', async () => {
  const port = await start({ maxConnectionAgeMs: 20 });
  const numbers = NUMBERS.slice(0, 150);
  const clients = Array.from({ length: 20 }, (_, index) => pipeline(port, numbers, 1 + (index % 8), '/slow'));
  for (const { responses, perConnection } of await Promise.all(clients)) {
    expect(responses).toEqual(numbers);
    expect(perConnection.length).toBeGreaterThan(1);
  }
});

test('without limits a connection is kept', async () => {
  const port = await start({});
  expect((await pipeline(port, NUMBERS, 4)).perConnection).toEqual([300]);
  expect(createConnectionAge({ maxConnectionAgeMs: 0, maxConnectionRequests: 0 })).toBeUndefined();
});

test('ages vary by up to 20 % and count from the first response', () => {
  let now = 0;
  const isWorn = createConnectionAge({ maxConnectionAgeMs: 1000, maxConnectionRequests: 0 });
  const sockets = Array.from({ length: 1000 }, () => new Socket());
  const worn = () => sockets.filter((socket) => isWorn?.(socket, now)).length;
  expect(worn()).toBe(0);
  now = 799;
  expect(worn()).toBe(0);
  now = 1000;
  expect(worn()).toBeGreaterThan(350);
  expect(worn()).toBeLessThan(650);
  now = 1200;
  expect(worn()).toBe(1000);
});
