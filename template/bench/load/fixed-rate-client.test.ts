import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { runFixedRate } from './fixed-rate-client.ts';

const STALL_MS = 500;

let requests = 0;
const server = createServer((_request, response) => {
  requests++;
  // A single stall in the middle of the run delays all connections.
  if (requests === 100) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
  response.end('hello');
});
afterEach(() => server.close());

test('the latency of requests that are due during a stall counts from when they were due', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const options = { url: `http://127.0.0.1:${port}/`, rate: 200, seconds: 2, connections: 4 };
  const result = await runFixedRate(options);
  expect(result).toMatchObject({ requests: 400, failures: 0 });
  // A client that only sends on idle connections would see 4 slow responses of 400: 1 %, too few to affect the p99.
  expect(result.p99Ms).toBeGreaterThan(STALL_MS / 2);
});
