import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { runFixedRate } from './fixed-rate-client.ts';

const STALL_MS = 500;

let answered = 0;
const server = createServer((_request, response) => {
  answered++;
  // The one stall, in the middle of the run, holds up everybody.
  if (answered === 100) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
  response.end('hello');
});
afterEach(() => server.close());

test('requests that fall due while the server stalls count from when they were due', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const options = { url: `http://127.0.0.1:${port}/`, rate: 200, seconds: 2, connections: 4 };
  const result = await runFixedRate(options);
  expect(result).toMatchObject({ requests: 400, failures: 0 });
  // A client that waits for its four connections would see four slow answers of 400, which is 1 % and no 99th percentile.
  expect(result.p99Ms).toBeGreaterThan(STALL_MS / 2);
});
