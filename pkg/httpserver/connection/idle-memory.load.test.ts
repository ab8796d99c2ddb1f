import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/**
 * Sends the requests in its argument on one connection, and prints which parts of them are still in memory while that
 * connection is open, once all `count` responses have arrived.
 */
const program = (requests: string, count: number) => `
  import { connect } from 'node:net';
  import { Readable } from 'node:stream';
  import { setTimeout } from 'node:timers/promises';
  import { pino } from 'pino';
  import { createHttpServer } from './pkg/httpserver/server.ts';
  const logger = pino({ level: 'silent' });
  const server = createHttpServer({ name: 'http', host: '127.0.0.1', port: 0 }, { logger });
  const parts = [];
  server.app.addHook('onResponse', async (request, reply) => {
    for (const part of [request, reply, request.raw, reply.raw]) {
      parts.push({ name: part.constructor.name, part: new WeakRef(part) });
    }
  });
  server.app.get('/text', async () => 'short');
  server.app.get('/large', async () => 'x'.repeat(1_000_000));
  server.app.get('/stream', async () => Readable.from(['one', 'two']));
  server.app.put('/body', async (request) => ({ received: request.body }));
  await server.listen();
  const socket = connect(server.address().port, '127.0.0.1').resume();
  socket.write(${JSON.stringify(requests)});
  while (parts.length < 4 * ${count}) await setTimeout(5);
  const kept = () => parts.filter(({ part }) => part.deref() !== undefined).map(({ name }) => name);
  // At first, the end of the last response may not have been written yet.
  for (let turn = 0; turn < 200 && kept().length > 0; turn += 1) {
    await setTimeout(20);
    gc();
  }
  console.log(JSON.stringify(kept()));
  socket.destroy();
  await server.close();
`;

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const put = 'PUT /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":"b"}';

test.each([
  ['a short response', get('/text'), 1],
  ['a response longer than what counts as written', get('/large'), 1],
  ['a streamed response', get('/stream'), 1],
  ['a problem document', get('/none'), 1],
  ['a request with a body', put, 1],
  ['pipelined requests', get('/text') + get('/large') + put + get('/text'), 4],
])('an idle connection keeps nothing of its last requests: %s', (_, requests, count) => {
  const flags = ['--expose-gc', '--input-type=module', '--eval', program(requests, count)];
  expect(JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' }))).toEqual([]);
});
