import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'load-program.ts');
let server: Server | undefined;
afterEach(() => server?.close());

/** Runs the program against a server until that has been asked so often, and returns the last line it printed. */
async function load(
  enough: number,
  answer: RequestListener,
): Promise<{ requests: number; failed: number; reasons: object }> {
  const asked = Promise.withResolvers<void>();
  let requests = 0;
  const listening = createServer((request, response) => {
    requests += 1;
    if (requests === enough) asked.resolve();
    answer(request, response);
  }).listen(0, '127.0.0.1');
  server = listening;
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;

  const urls = ['/version', '/healthz'].map((path) => `http://127.0.0.1:${port}${path}`);
  const child = spawn(process.execPath, [PROGRAM, '--concurrency', '4', '--pause', '0', ...urls]);
  const printed = text(child.stdout);
  await asked.promise;
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  return JSON.parse((await printed).trim().split('\n').at(-1) ?? '');
}

test('it counts what it was answered, and stops when it is told to', async () => {
  const counts = await load(200, (_, response) => response.end('ok'));
  expect(counts.requests).toBeGreaterThanOrEqual(200);
  expect(counts).toMatchObject({ failed: 0, reasons: {} });
});

test('a refusal, a status of 500 and a connection that breaks are failures, each by its name', async () => {
  let turn = 0;
  const counts = await load(60, (request, response) => {
    turn += 1;
    if (turn === 10) request.socket.destroy();
    else response.writeHead(turn === 20 ? 500 : turn === 30 ? 429 : 200).end();
  });
  expect(counts).toMatchObject({ failed: 3, reasons: { 500: 1, 429: 1, ECONNRESET: 1 } });
});

test('an answer that breaks off half way is a failure', async () => {
  let turn = 0;
  const counts = await load(20, (request, response) => {
    turn += 1;
    if (turn !== 5) response.end('ok');
    else response.writeHead(200, { 'content-length': 100 }).write('half', () => request.socket.destroy());
  });
  expect(counts).toMatchObject({ failed: 1, reasons: { 'broke off: ECONNRESET': 1 } });
});
