import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT, read } from '../../../test/docs/markdown.ts';
import { request, type Service, startService } from '../../../test/support/service.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { createClone } from '../init/clone.ts';
import { follow } from './follow.ts';
import { startPostgresServer } from './postgres-server.ts';

const WARNINGS = ['warn', 'error', 'fatal'];

async function stop(service: Service): Promise<void> {
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
}

test('the recipe "Add Postgres" stores orders, survives an outage, and needs no database for the tests', async () => {
  const postgres = await startPostgresServer();
  onTestFinished(postgres.remove);
  const clone = createClone();
  const { root } = clone;
  // The recipe installs packages, which must not change those of this checkout.
  unlinkSync(join(root, 'node_modules'));
  await clone.succeed('cp', '-a', join(ROOT, 'node_modules/.'), 'node_modules');

  const env = { SKIFF_POSTGRES_URL: postgres.url };
  const output = await follow(read('docs/recipes/add-postgres.md'), clone, env);
  expect(output).not.toContain('skipped');
  await follow(read('docs/recipes/README.md'), clone);
  // A service has no tests of pkg.
  await clone.succeed('npm', 'test', '--', '--exclude', 'pkg/**');
  await clone.succeed('npm', 'run', 'build');

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

  await postgres.stop();
  for (let count = 0; count < 3; count += 1) {
    const unavailable = await request(url);
    expect([unavailable.status, JSON.parse(unavailable.body).code]).toEqual([503, 'order_store_unavailable']);
    expect(unavailable.headers.get('retry-after')).toBe('1');
  }
  const ready = await request(`${service.adminUrl}/readyz?verbose`);
  expect([ready.status, ready.body]).toEqual([200, expect.stringContaining('[-]postgres failed')]);
  await postgres.start();
  const recovered = await request(url);
  expect([recovered.status, recovered.body]).toEqual([200, created.body]);
  await stop(service);

  const [query] = receiver.spans.filter(({ name }) => name === 'SELECT');
  const caller = receiver.spans.find(({ spanId }) => spanId === query?.parentSpanId);
  expect([query?.attributes['db.system.name'], caller?.name]).toEqual(['postgresql', 'GET /v1/orders/{id}']);
  const warnings = service.lines.filter(({ level }) => WARNINGS.includes(String(level)));
  expect(warnings.map(({ msg }) => msg)).toEqual(['temporarily unavailable', 'health check failed']);
  for (const line of [...first.lines, ...service.lines]) expect(JSON.stringify(line)).not.toContain(postgres.password);
});
