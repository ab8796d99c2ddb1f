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

interface Counts {
  requests: number;
  failed: number;
  failingMs: number;
  failedAt: number[];
  reasons: object;
}

/** Runs the program until the server has received `enough` requests, and returns its counts. Replaces PORT in options. */
async function load(enough: number, respond: RequestListener, ...options: string[]): Promise<Counts> {
  const received = Promise.withResolvers<void>();
  let requests = 0;
  const listening = createServer((request, response) => {
    requests += 1;
    if (requests === enough) received.resolve();
    respond(request, response);
  }).listen(0, '127.0.0.1');
  server = listening;
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;

  const urls = ['/version', '/healthz'].map((path) => `http://127.0.0.1:${port}${path}`);
  const own = options.map((option) => option.replace('PORT', `${port}`));
  const child = spawn(process.execPath, [PROGRAM, '--concurrency', '4', '--pause', '0', ...own, ...urls]);
  const printed = text(child.stdout);
  await received.promise;
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  return JSON.parse((await printed).trim().split('\n').at(-1) ?? '');
}

test('the program counts the responses and stops on SIGTERM', async () => {
  const counts = await load(200, (_, response) => response.end('ok'));
  expect(counts.requests).toBeGreaterThanOrEqual(200);
  expect(counts).toMatchObject({ failed: 0, failingMs: 0, reasons: {} });
});

test('statuses 429 and 500 and a broken connection are failures, each counted by its reason', async () => {
  let turn = 0;
  const counts = await load(60, (request, response) => {
    turn += 1;
    if (turn === 10) request.socket.destroy();
    else if (turn === 20) response.writeHead(500).end();
    else if (turn === 30) response.writeHead(429).end('{"status":429,"code":"rate_limited"}');
    else response.end();
  });
  expect(counts).toMatchObject({ failed: 3, reasons: { 500: 1, '429 rate_limited': 1, ECONNRESET: 1 } });
});

test('a worker that receives Retry-After waits as long before its next request', async () => {
  const receivedAt: number[] = [];
  const respond: RequestListener = (_, response) => {
    receivedAt.push(performance.now());
    if (receivedAt.length === 5) response.writeHead(503, { 'retry-after': '1' });
    response.end();
  };
  const counts = await load(10, respond, '--concurrency', '1');
  expect(counts).toMatchObject({ failed: 1, reasons: { 503: 1 } });
  // A timer may fire up to a millisecond early.
  expect((receivedAt[5] ?? 0) - (receivedAt[4] ?? 0)).toBeGreaterThanOrEqual(999);
});

test('a URL after PUT creates a flag with each request, each with another key', async () => {
  const keys: string[] = [];
  const statuses = { GET: 200, PUT: 201 };
  const counts = await load(
    60,
    ({ method = '', url = '', headers }, response) => {
      if (method === 'PUT' && headers['if-none-match'] === '*') keys.push(url);
      response.writeHead(statuses[method as 'GET' | 'PUT']).end();
    },
    'PUT http://127.0.0.1:PORT/v1/flags/load',
  );
  expect(counts).toMatchObject({ failed: 0 });
  expect(keys.length).toBeGreaterThan(10);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => !/^\/v1\/flags\/load-\d+-\d+$/.test(key))).toEqual([]);
});

test('an incomplete response is a failure', async () => {
  let turn = 0;
  const counts = await load(20, (request, response) => {
    turn += 1;
    if (turn !== 5) response.end('ok');
    else response.writeHead(200, { 'content-length': 100 }).write('half', () => request.socket.destroy());
  });
  expect(counts).toMatchObject({ failed: 1, reasons: { 'incomplete: ECONNRESET': 1 } });
});

test('a response that takes longer than the limit is a failure', async () => {
  let turn = 0;
  const respond: RequestListener = (_, response) => {
    turn += 1;
    if (turn !== 5) response.end('ok');
  };
  const counts = await load(20, respond, '--limit', '500');
  expect(counts.failed).toBeGreaterThanOrEqual(1);
  expect(Object.keys(counts.reasons)).toEqual(['no response in time']);
});

test('the time from the first failure to the last one is measured, and when each request started', async () => {
  let turn = 0;
  let first = 0;
  let last = 0;
  const respond: RequestListener = (_, response) => {
    turn += 1;
    if (turn === 20) first = performance.now();
    if (turn === 100) last = performance.now();
    response.writeHead(turn === 20 || turn === 100 ? 500 : 200).end();
  };
  const startedAt = Date.now();
  const counts = await load(200, respond, '--concurrency', '1');
  expect(counts.failed).toBe(2);
  const [one = 0, other = 0] = counts.failedAt;
  expect(counts.failedAt).toHaveLength(2);
  expect([startedAt, one, other, Date.now()].toSorted((a, b) => a - b)).toEqual([
    startedAt,
    one,
    other,
    expect.any(Number),
  ]);
  // The client measures from when it sent the requests.
  expect(counts.failingMs).toBeGreaterThan(0);
  expect(counts.failingMs).toBeLessThan(last - first + 1_000);
});

test('instances found in a catalog replace the host of the URLs', async () => {
  const paths = new Set<string>();
  const respond: RequestListener = ({ url, headers }, response) => {
    paths.add(url ?? '');
    const [Address, Port] = (headers.host ?? '').split(':');
    if (url === '/catalog') response.end(JSON.stringify([{ Service: { Address, Port: Number(Port) } }]));
    else response.end('ok');
  };
  const counts = await load(50, respond, '--discover', 'http://127.0.0.1:PORT/catalog');
  expect(counts.failed).toBe(0);
  expect([...paths].sort()).toEqual(['/catalog', '/healthz', '/version']);
});
