import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeWithSomePostgres, type PostgresServer, somePostgres } from '../support/postgres/some-postgres.ts';
import { request, startService } from '../support/service.ts';

const PROGRAM = join(import.meta.dirname, '../../cmd/migrate/main.ts');

describeWithSomePostgres('a service with PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await somePostgres();
  });
  afterAll(() => server?.stop());

  const env = () => ({ PATH: process.env.PATH, SKIFF_ENVIRONMENT: 'test', SKIFF_POSTGRES_URL: server.url });
  const migrate = (...args: readonly string[]) =>
    spawnSync(process.execPath, [PROGRAM, ...args], { env: env(), encoding: 'utf8' });

  test('is ready while it can use the schema, whatever a newer release adds, but not if one removed what it uses', async () => {
    expect(migrate()).toMatchObject({ status: 0 });
    expect(migrate('--check')).toMatchObject({ status: 0 });
    const insert = 'INSERT INTO schema_migrations (number, name, checksum, breaks_before)';
    await server.run(`${insert} VALUES (9998, '9998-add', '', NULL), (9999, '9999-drop', '', 9998)`, server);

    const service = await startService({ env: { ...env(), SKIFF_POSTGRES_ENABLED: 'true' } });
    onTestFinished(async () => {
      service.kill('SIGKILL');
      await service.exit;
    });
    const readiness = () => request(`${service.adminUrl}/readyz?verbose`);
    await expect.poll(readiness).toMatchObject({
      status: 503,
      body: expect.stringContaining('9999-drop, applied by a newer'),
    });
    expect(await request(`${service.adminUrl}/healthz`)).toMatchObject({ status: 200 });
    expect(migrate()).toMatchObject({ status: 1, stdout: expect.stringContaining('9999-drop, applied by a newer') });

    // A removal that concerns only releases before this one.
    await server.run('UPDATE schema_migrations SET breaks_before = 0 WHERE number = 9999', server);
    await expect.poll(async () => (await readiness()).status).toBe(200);
  });
});
