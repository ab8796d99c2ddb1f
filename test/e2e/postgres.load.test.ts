import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { migratedPostgres } from '../support/postgres/migrated-postgres.ts';
import { describeWithSomePostgres, type PostgresServer } from '../support/postgres/some-postgres.ts';
import { request, type Service, startService } from '../support/service.ts';
import { temporaryFiles } from '../support/temporary-files.ts';

describeWithSomePostgres('a service with PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await migratedPostgres();
  });
  afterAll(() => server.stop());

  async function start(): Promise<Service> {
    const file = join(temporaryFiles({ url: `${server.url}\n` }), 'url');
    const service = await startService({ env: { SKIFF_POSTGRES_ENABLED: 'true', SKIFF_POSTGRES_URL_FILE: file } });
    onTestFinished(async () => {
      service.kill('SIGKILL');
      await service.exit;
    });
    return service;
  }

  const statusOf = async (url: string) => (await request(url)).status;

  test('is unready while the database is unavailable, logs that once, and recovers', async () => {
    const service = await start();
    const ready = () => statusOf(`${service.adminUrl}/readyz`);
    await expect.poll(ready).toBe(200);
    await server.kill();
    await expect.poll(ready).toBe(503);
    // The first failure may be that of an open connection.
    const reason = async () => (await request(`${service.adminUrl}/readyz/postgres`)).body;
    await expect.poll(reason).toContain('ECONNREFUSED');
    expect(await statusOf(`${service.adminUrl}/healthz`)).toBe(200);
    expect((await request(`${service.adminUrl}/metrics`)).body).toContain('\npostgres_available 0\n');
    await server.restart();
    await expect.poll(ready).toBe(200);

    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
    const logged = service.lines.filter(({ component }) => component === 'postgres').map(({ msg }) => msg);
    expect(logged).toEqual(['PostgreSQL is unavailable', 'PostgreSQL is available again']);
    expect(JSON.stringify(service.lines)).not.toContain(server.password);
  });

  test('starts without the database, and shows its password nowhere', async () => {
    await server.shutDown();
    const service = await start();
    expect(await statusOf(`${service.adminUrl}/readyz`)).toBe(503);
    const config = await request(`${service.adminUrl}/config`);
    expect(config.body).toContain('postgres.url');
    const pages = await Promise.all(
      ['metrics', 'readyz?verbose'].map((path) => request(`${service.adminUrl}/${path}`)),
    );
    for (const { body } of [config, ...pages]) expect(body).not.toContain(server.password);
    await server.restart();
    await expect.poll(() => statusOf(`${service.adminUrl}/readyz`)).toBe(200);
    expect(JSON.stringify(service.lines)).not.toContain(server.password);
  });
});
