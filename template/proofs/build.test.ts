import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../scripts/build/bundle.ts';
import { describeWithSomePostgres, somePostgres } from '../../test/support/postgres/some-postgres.ts';
import { request, startService } from '../../test/support/service.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Builds programs, and returns the folder. */
async function build(...programs: readonly string[]): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'build-'));
  onTestFinished(() => rmSync(outDir, { recursive: true }));
  for (const program of programs) await bundle(program, { root: ROOT, outDir });
  writeFileSync(join(outDir, 'package.json'), '{"type":"module"}');
  return outDir;
}

test('the build has no development dashboard, and runs without it in development', async () => {
  const outDir = await build('cmd/server/main.ts');
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  expect(files.length).toBeGreaterThan(1);
  for (const name of files)
    expect(readFileSync(join(outDir, name), 'utf8')).not.toMatch(/devtools\/(state|service)|uPlot|Leader elections/);
  expect(files.join()).not.toMatch(/devtools|local-tracing/);

  const service = await startService({
    root: outDir,
    program: 'cmd/server/main.js',
    args: ['--config-dir', join(ROOT, 'config')],
    env: {
      SKIFF_ENVIRONMENT: 'development',
      SKIFF_LOG_FORMAT: 'json',
      SKIFF_HTTP_PORT: '0',
      SKIFF_ADMIN_PORT: '0',
    },
  });
  expect((await fetch(service.adminUrl)).status).toBe(404);
  expect((await fetch(`${service.url}/version`)).status).toBe(200);
  service.kill('SIGTERM');
  expect((await service.exit).code).toBe(0);
});

test("the server loads PostgreSQL's driver only if it is enabled", async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'build-'));
  onTestFinished(() => rmSync(outDir, { recursive: true }));
  await bundle('cmd/server/main.ts', { root: ROOT, outDir });
  const folder = join(outDir, 'cmd/server');
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
  const driver = readdirSync(folder).filter((name) => textOf(name).includes('_pulseQueryQueue'));
  const builder = readdirSync(folder).filter((name) => textOf(name).includes('SelectQueryNode'));
  expect(driver).toEqual([expect.stringMatching(/^connect-/)]);
  expect(builder).toEqual(driver);
  const [name = ''] = driver;
  const importers = readdirSync(folder).filter((other) => textOf(other).includes(name));
  expect(importers).toEqual([expect.stringMatching(/^service-/)]);
  expect(textOf(importers[0] ?? '').split(name)).toHaveLength(2);
  expect(textOf(importers[0] ?? '')).toContain(`import(\`./${name}\`)`);
});

describeWithSomePostgres('the build with PostgreSQL', () => {
  test('has a service that is alive but not ready until the program migrate of the build has run', async () => {
    const server = await somePostgres();
    onTestFinished(() => server.stop());
    const root = await build('cmd/server/main.ts', 'cmd/migrate/main.ts');
    cpSync(join(ROOT, 'migrations'), join(root, 'migrations'), { recursive: true });
    cpSync(join(ROOT, 'config'), join(root, 'config'), { recursive: true });
    const env = { SKIFF_ENVIRONMENT: 'test', SKIFF_POSTGRES_URL: server.url };

    const service = await startService({
      root,
      program: 'cmd/server/main.js',
      env: { ...env, SKIFF_POSTGRES_ENABLED: 'true', SKIFF_FLAGS_STORE: 'postgres' },
    });
    const readiness = () => request(`${service.adminUrl}/readyz?verbose`);
    expect(await readiness()).toMatchObject({
      status: 503,
      body: expect.stringContaining('0001-flags is not applied'),
    });
    expect(await request(`${service.adminUrl}/healthz`)).toMatchObject({ status: 200 });
    const migrate = (...args: string[]) =>
      spawnSync(process.execPath, [join(root, 'cmd/migrate/main.js'), ...args], { env, encoding: 'utf8' });
    expect(migrate('--check').status).toBe(1);
    const { status, stdout } = migrate();
    expect([status, stdout]).toEqual([0, expect.stringContaining('"migration":"0001-flags"')]);
    await expect.poll(async () => (await readiness()).status).toBe(200);

    const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"enabled":true}' };
    expect(await request(`${service.url}/v1/flags/a`, put)).toMatchObject({ status: 201 });
    expect((await request(`${service.adminUrl}/healthz`)).status).toBe(200);
    service.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  });
});
