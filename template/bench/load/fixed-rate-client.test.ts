import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { runFixedRate } from './fixed-rate-client.ts';

const STALL_MS = 500;

/** Stalls once, in the middle of the run, which delays all connections. In a thread, so that the client does not stall. */
const SERVER = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    if (requests === 100) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${STALL_MS});
    response.end('hello');
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

let worker: Worker | undefined;
afterEach(() => worker?.terminate());

async function startServer(): Promise<string> {
  worker = new Worker(SERVER, { eval: true });
  const [port] = await once(worker, 'message');
  return `http://127.0.0.1:${port}/`;
}

const options = { rate: 200, seconds: 2, connections: 4 };

test('the latency of requests that are due during a stall counts from when they were due', async () => {
  const result = await runFixedRate({ url: await startServer(), ...options });
  expect(result).toMatchObject({ requests: 400, failures: 0 });
  // A client that only sends on idle connections would see 4 slow responses of 400: 1 %, too few to affect the p99.
  expect(result.p99Ms).toBeGreaterThan(STALL_MS / 2);
});

test('a stall of the client is reported and can be left out, one of the server cannot', async () => {
  const url = await startServer();
  const stalledServer = await runFixedRate({ url, ...options });
  const run = runFixedRate({ url, ...options });
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS), 500);
  const stalledClient = await run;
  expect(stalledServer.longestStallMs).toBeLessThan(STALL_MS);
  expect(stalledClient.longestStallMs).toBeGreaterThanOrEqual(STALL_MS);
  expect(stalledServer.p99WithoutStallsMs).toBeGreaterThan(STALL_MS / 2);
  expect(stalledClient.p99WithoutStallsMs).toBeLessThan(STALL_MS / 2);
  expect(stalledClient.p99Ms).toBeGreaterThan(STALL_MS / 2);
  expect(stalledClient.stalledShare).toBeGreaterThanOrEqual(STALL_MS / 1000 / options.seconds / 1.5);
});
