import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildGoProgram, goVersion } from '../go-program.ts';
import { FIXED_RATE, runFixedRate } from './fixed-rate.ts';

const STALL_MS = 500;

/** Stalls once, in the middle of the run, which delays all connections. */
const SERVER = `
  const { createServer } = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    if (requests === workerData.stallsAt) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${STALL_MS});
    response.writeHead(requests === workerData.failsAt ? 500 : 200, { 'content-length': 5 });
    response.write('hel');
    setImmediate(() => response.end('lo'));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

let worker: Worker | undefined;
afterEach(() => worker?.terminate());

async function startServer(workerData: { stallsAt?: number; failsAt?: number } = {}): Promise<string> {
  worker = new Worker(SERVER, { eval: true, workerData });
  const [port] = await once(worker, 'message');
  return `http://127.0.0.1:${port}/`;
}

const options = { rate: 200, seconds: 2, connections: 4 };
const isAbsent = goVersion() === undefined;

describe.skipIf(isAbsent)(`the fixed-rate client${isAbsent ? ' [skipped: no go]' : ''}`, () => {
  beforeAll(() => buildGoProgram(FIXED_RATE), 120_000);

  test('the latency of requests that are due during a stall counts from when they were due', async () => {
    const result = await runFixedRate({ url: await startServer({ stallsAt: 100 }), ...options });
    expect(result).toMatchObject({ requests: 400, failures: 0 });
    // A client that only sends on idle connections would see 4 slow responses of 400: 1 %, too few to affect the p99.
    expect(result.p99Ms).toBeGreaterThan(STALL_MS / 2);
    expect(result.p99WithoutStallsMs).toBeGreaterThan(STALL_MS / 2);
    expect(result.longestStallMs).toBeLessThan(STALL_MS);
  });

  test('a stall of the client is reported and left out of one p99', async () => {
    const run = runFixedRate({ url: await startServer(), ...options });
    await delay(1000);
    spawnSync('pkill', ['-STOP', '-P', `${process.pid}`, FIXED_RATE.name]);
    await delay(STALL_MS);
    spawnSync('pkill', ['-CONT', '-P', `${process.pid}`, FIXED_RATE.name]);
    const result = await run;
    expect(result).toMatchObject({ requests: 400, failures: 0 });
    expect(result.longestStallMs).toBeGreaterThanOrEqual(STALL_MS);
    expect(result.stalledShare).toBeGreaterThanOrEqual(STALL_MS / 1000 / options.seconds / 1.5);
    expect(result.p99Ms).toBeGreaterThan(STALL_MS / 2);
    expect(result.p99WithoutStallsMs).toBeLessThan(STALL_MS / 2);
  });

  test('a response that is not 200 is a failure', async () => {
    const result = await runFixedRate({ url: await startServer({ failsAt: 7 }), ...options, seconds: 1 });
    expect(result).toMatchObject({ requests: 200, failures: 1 });
  });

  test('a server that does not listen is an error', async () => {
    await expect(runFixedRate({ url: 'http://127.0.0.1:1/', ...options })).rejects.toThrow(/connection refused/);
  });
});
