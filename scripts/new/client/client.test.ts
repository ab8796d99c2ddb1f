import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../../../pkg/httpclient/http-client.ts';
import { createMetrics } from '../../../pkg/metrics/metrics.ts';
import { createSampleThingClient } from './client.ts';

let server: Server;
let client: HttpClient;
let listener: RequestListener;

beforeEach(async () => {
  server = createServer((request, response) => listener(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = createHttpClient({}, { metrics: createMetrics() });
});
afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

function create(timeoutMs = 5_000) {
  const { port } = server.address() as AddressInfo;
  return createSampleThingClient({ url: `http://127.0.0.1:${port}`, timeoutMs }, { client });
}

test('returns the response of the other service, and forwards the request id', async () => {
  const seen: unknown[] = [];
  listener = ({ url, headers }, response) => {
    seen.push(url, headers['x-request-id']);
    response.end(JSON.stringify({ id: 'a/b', name: 'first', unknown: true }));
  };
  expect(await create().get('a/b', { requestId: 'r' })).toMatchObject({ id: 'a/b', name: 'first' });
  expect(seen).toEqual(['/v1/items/a%2Fb', 'r']);
});

test('returns undefined if the other service responds with 404', async () => {
  listener = (_request, response) => response.writeHead(404).end();
  expect(await create().get('a', {})).toBeUndefined();
});

test.each([
  [200, 'no JSON'],
  [200, '{}'],
  [400, '{"id":"a","name":"first"}'],
])('throws a 502 if the response is %i %s', async (status, body) => {
  listener = (_request, response) => response.writeHead(status).end(body);
  await expect(create().get('a', {})).rejects.toMatchObject({ status: 502, code: 'sample_thing_unexpected' });
});

test('throws a 503 if the other service does not respond in time or refuses the connection', async () => {
  listener = () => {};
  const unavailable = { status: 503, code: 'sample_thing_unavailable' };
  await expect(create(100).get('a', {})).rejects.toMatchObject(unavailable);
  const stopped = create();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await expect(stopped.get('a', {})).rejects.toMatchObject(unavailable);
});
