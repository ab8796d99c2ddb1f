import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { read } from '../../../test/docs/markdown.ts';
import { somePostgres } from '../../../test/support/postgres/some-postgres.ts';
import { request, type Service, startService } from '../../../test/support/service.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { createClone } from '../init/clone.ts';
import { follow } from './follow.ts';

const WARNINGS = ['warn', 'error', 'fatal'];

async function stop(service: Service): Promise<void> {
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
}

test('the recipe "Store a domain in Postgres" stores orders, and they survive an outage', async () => {
  const postgres = await somePostgres();
  onTestFinished(postgres.stop);
  const clone = createClone();
  const { root } = clone;
  const env = { SKIFF_POSTGRES_ENABLED: 'true', SKIFF_POSTGRES_URL: postgres.url };
  const output = await follow(read('docs/recipes/store-a-domain-in-postgres.md'), clone, env);
  expect(output).not.toContain('skipped');
  expect(output).toContain('wrote migrations/0002-orders.sql');
  await follow(read('docs/recipes/README.md'), clone);
  // A service has no tests of pkg.
  await clone.succeed('npm', 'test', '--', '--exclude', 'pkg/**');
  await clone.succeed('npm', 'run', 'build');
  expect(readdirSync(join(root, 'dist/migrations'))).toContain('0002-orders.sql');

  const program = 'dist/cmd/server/main.js';
  const first = await startService({ root, env });
  const created = await request(`${first.url}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // The type jsonb rejects this text.
    body: JSON.stringify({ name: 'a\u0000b\ud800' }),
  });
  expect(created.status).toBe(201);
  await stop(first);

  const receiver = await startOtlpReceiver();
  onTestFinished(receiver.close);
  const service = await startService({ root, program, env: { ...env, SKIFF_TRACING_ENDPOINT: receiver.endpoint } });
  const url = `${service.url}${created.headers.get('location')}`;
  const found = await request(url);
  expect([found.status, found.body]).toEqual([200, created.body]);
  expect(found.headers.get('etag')).toBe(created.headers.get('etag'));

  await postgres.shutDown();
  for (let count = 0; count < 3; count += 1) {
    const unavailable = await request(url);
    expect([unavailable.status, JSON.parse(unavailable.body).code]).toEqual([503, 'order_store_unavailable']);
    expect(unavailable.headers.get('retry-after')).toBe('1');
  }
  const isReady = async () => (await request(`${service.adminUrl}/readyz`)).status;
  await expect.poll(isReady, { timeout: 30_000 }).toBe(503);
  await postgres.restart();
  await expect.poll(isReady, { timeout: 30_000 }).toBe(200);
  const recovered = await request(url);
  expect([recovered.status, recovered.body]).toEqual([200, created.body]);
  await stop(service);

  const query = receiver.spans.find(({ name }) => name === 'SELECT orders');
  const caller = receiver.spans.find(({ spanId }) => spanId === query?.parentSpanId);
  expect([query?.attributes['db.system.name'], caller?.name]).toEqual(['postgresql', 'GET /v1/orders/{id}']);
  const warnings = service.lines.filter(({ level }) => WARNINGS.includes(String(level)));
  expect(warnings.length).toBeLessThanOrEqual(4);
  for (const line of [...first.lines, ...service.lines]) expect(JSON.stringify(line)).not.toContain(postgres.password);
});
