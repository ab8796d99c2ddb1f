import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, read } from '../../../test/docs/markdown.ts';
import { request, startService } from '../../../test/support/service.ts';
import { createClone } from '../init/clone.ts';
import { follow } from './follow.ts';

const CALL = 'call-another-service.md';
const JOB = 'add-a-background-job.md';
const ENDPOINT = 'add-an-endpoint.md';
const CONTROLLER = 'write-a-controller.md';
/** The recipes whose tests are elsewhere. */
const OTHERS = ['store-a-domain-in-postgres.md'];

/** Follows a recipe and then the common steps, which include the check of the whole project. */
async function followed(name: string) {
  const clone = createClone();
  await follow(read(`docs/recipes/${name}`), clone);
  await follow(read('docs/recipes/README.md'), clone);
  return clone;
}

test('every recipe has a test', () => {
  const names = readdirSync(join(ROOT, 'docs/recipes')).filter((name) => name !== 'README.md');
  expect(names.filter((name) => ![CALL, JOB, ENDPOINT, CONTROLLER, ...OTHERS].includes(name))).toEqual([]);
});

test('a recipe fails if it has no code blocks, and with the words of the compiler if it does not compile', async () => {
  const clone = createClone();
  await expect(follow('# Nothing', clone)).rejects.toThrow('the recipe has no code blocks');
  const file = "```ts\n// internal/app/wrong.ts\nexport const wrong: number = 'one';\n```\n";
  const command = '```sh\ntsc --project .\n```\n';
  await expect(follow(file + command, clone)).rejects.toThrow("Type 'string' is not assignable to type 'number'");
});

test('the recipe "Call another service" calls it, and responds with 503 if it is unavailable', async () => {
  const { root } = await followed(CALL);
  const received: unknown[] = [];
  let response = JSON.stringify({ item: 'tea', cents: 250 });
  const prices = createServer(({ url, headers }, reply) => {
    received.push(url, headers['x-request-id']);
    reply.end(response);
  }).listen(0, '127.0.0.1');
  await once(prices, 'listening');
  const { port } = prices.address() as AddressInfo;

  const service = await startService({ root, env: { SKIFF_PRICES_URL: `http://127.0.0.1:${port}` } });
  const url = `${service.url}/v1/quotes/tea`;
  const quote = await request(url);
  expect([quote.status, JSON.parse(quote.body)]).toEqual([200, { item: 'tea', cents: 250 }]);
  expect(received).toEqual(['/v1/prices/tea', quote.headers.get('x-request-id')]);
  const metrics = await request(`${service.adminUrl}/metrics`);
  expect(metrics.body).toContain('http_client_requests_total{target="prices",method="GET",code="200"} 1');
  for (response of ['no JSON', '{"item":"tea","cents":-1}']) {
    const unexpected = await request(url);
    expect([unexpected.status, JSON.parse(unexpected.body).code]).toEqual([502, 'prices_unexpected']);
  }

  prices.closeAllConnections();
  prices.close();
  await once(prices, 'close');
  const unavailable = await request(url);
  expect([unavailable.status, JSON.parse(unavailable.body).code]).toEqual([503, 'prices_unavailable']);
  expect(unavailable.headers.get('retry-after')).toBe('5');

  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

test('the job of the recipe "Add a background job" runs, and the shutdown waits for it', async () => {
  const { root } = await followed(JOB);
  const service = await startService({ root });
  expect(await service.line('cleaned')).toMatchObject({ component: 'cleaning', count: 0 });
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

test('the endpoint of the recipe "Add an endpoint" responds, validates and is documented', async () => {
  const { root } = await followed(ENDPOINT);
  const service = await startService({ root });
  const response = await request(`${service.url}/v1/greetings/Ada`);
  expect([response.status, JSON.parse(response.body)]).toEqual([200, { greeting: 'Hello, Ada' }]);
  expect((await request(`${service.url}/openapi.json`)).body).toContain('getGreeting');
  expect((await request(`${service.url}/v1/greetings/${'x'.repeat(51)}`)).status).toBe(422);
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

test('the controller of the recipe "Write a controller" has a CRD, permissions and tests that pass', async () => {
  const { root } = await followed(CONTROLLER);
  const crd = readFileSync(join(root, 'charts/skiff/files/crds/greetings.yaml'), 'utf8');
  expect(crd).toContain('message: the name cannot be changed');
  expect(readFileSync(join(root, 'charts/skiff/templates/_controller.tpl'), 'utf8')).toContain('[greetings/status]');
});
