import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import type { Service } from '../../test/support/service.ts';
import { startItemsService } from '../support/items-service.ts';
import { metric } from '../support/metric.ts';
import { quantile } from './load/http-load.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<Service> {
  const service = await startItemsService({ env: { SKIFF_LOG_ACCESS: 'none', ...env } });
  onTestFinished(async () => {
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  });
  return service;
}

/** Opens a connection from a loopback address, sends the bytes and reads nothing. */
async function open({ url }: Service, localAddress: string, bytes: string): Promise<Socket> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), localAddress }).on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

/** Reads and writes items from another address. Returns the statuses and the sorted durations. */
async function readAndWrite({ url }: Service, times: number): Promise<{ statuses: Set<number>; ms: number[] }> {
  const statuses = new Set<number>();
  const ms: number[] = [];
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now();
    const headers = { 'content-type': 'application/json', 'if-none-match': '*' };
    const read = await fetch(`${url}/v1/items`);
    const write = await fetch(`${url}/v1/items/k${i}`, { method: 'PUT', headers, body: '{"enabled":true}' });
    await Promise.all([read.text(), write.text()]);
    for (const { status } of [read, write]) statuses.add(status);
    ms.push(performance.now() - startedAt);
  }
  return { statuses, ms: ms.sort((a, b) => a - b) };
}

const ATTACKERS = ['127.0.0.2', '127.0.0.3'];

test.each([
  ['an unknown path', 'POST /nope'],
  ['a route', 'PUT /v1/items/slow'],
  ['a route without a body', 'GET /v1/items'],
])('1,080 incomplete bodies sent to %s from two addresses do not lock out other clients', async (_what, request) => {
  const service = await start();
  const bytes = `${request} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{`;
  for (let i = 0; i < 1080; i += 40) {
    await Promise.all(Array.from({ length: 40 }, (_, j) => open(service, ATTACKERS[j % 2] ?? '', bytes)));
  }
  const { statuses, ms } = await readAndWrite(service, 20);
  expect([...statuses].sort()).toEqual([200, 201]);
  expect(quantile(ms, 0.5)).toBeLessThan(1000);
  // The service does not wait for the missing bytes indefinitely.
  await expect.poll(() => metric(service, 'http_requests_in_flight')).toBe(0);
});

test('clients that never read are disconnected and do not lock out other clients', async () => {
  // Disables load shedding: its 503s on a busy machine would look like those of requests without a slot.
  const service = await start({ SKIFF_HTTP_WRITE_TIMEOUT: '5s', SKIFF_OVERLOAD_EVENT_LOOP_DELAY: '0s' });
  const bytes = 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500);
  await Promise.all(
    Array.from({ length: 80 }, async (_, i) => (await open(service, ATTACKERS[i % 2] ?? '', bytes)).pause()),
  );
  await expect.poll(() => metric(service, 'http_requests_in_flight')).toBeGreaterThan(40);
  const { statuses, ms } = await readAndWrite(service, 20);
  expect([...statuses].sort()).toEqual([200, 201]);
  expect(quantile(ms, 0.5)).toBeLessThan(1000);
  await expect.poll(() => metric(service, 'http_requests_in_flight')).toBe(0);
  expect(await metric(service, 'http_requests_aborted_total{reason="slow_reader"}')).toBeGreaterThan(40);
});
