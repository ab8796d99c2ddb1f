import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startService } from '../../../test/support/service.ts';
import { follow } from './recipe.ts';

let copy = '';
afterEach(() => rmSync(copy, { recursive: true, force: true }));

test('the recipe "Call another service" calls it, and responds with 503 if it is unavailable', {
  timeout: 60_000,
}, async () => {
  copy = follow('docs/recipes/call-another-service.md');
  const received: unknown[] = [];
  const prices = createServer((request, response) => {
    received.push(request.url, request.headers['x-request-id']);
    response.end(JSON.stringify({ item: 'tea', cents: 250 }));
  }).listen(0, '127.0.0.1');
  await once(prices, 'listening');
  const { port } = prices.address() as AddressInfo;

  const service = await startService({ root: copy, env: { SKIFF_PRICES_URL: `http://127.0.0.1:${port}` } });
  const response = await fetch(`${service.url}/v1/quotes/tea`);
  expect([response.status, await response.json()]).toEqual([200, { item: 'tea', cents: 250 }]);
  expect(received).toEqual(['/v1/prices/tea', response.headers.get('x-request-id')]);

  prices.closeAllConnections();
  prices.close();
  await once(prices, 'close');
  const unavailable = await fetch(`${service.url}/v1/quotes/tea`);
  expect([unavailable.status, await unavailable.json()]).toEqual([
    503,
    expect.objectContaining({ code: 'prices_unavailable' }),
  ]);
  const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
  expect(metrics).toContain('http_client_requests_total{target="prices",method="GET",code="200"} 1');

  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

test('the job of the recipe "Add a background job" runs, and the shutdown waits for it', {
  timeout: 60_000,
}, async () => {
  copy = follow('docs/recipes/add-a-background-job.md');
  const service = await startService({ root: copy });
  expect(await service.line('cleaned')).toMatchObject({ component: 'cleaning', count: 0 });
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});
