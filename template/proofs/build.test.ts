import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { bundle, COMPILERS } from '../../pkg/build/bundle.ts';
import { CODE_CACHE, cacheCode } from '../../pkg/build/code-cache.ts';
import { describeWithSomePostgres, somePostgres } from '../../test/support/postgres/some-postgres.ts';
import { request, startService } from '../../test/support/service.ts';
import { imageEnvironment } from './image-environment.ts';

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
  expect(importers).toEqual([expect.stringMatching(/^start-/)]);
  expect(textOf(importers[0] ?? '').split(name)).toHaveLength(2);
  expect(textOf(importers[0] ?? '')).toContain(`import(\`./${name}\`)`);
});

/** Returns the files that a file imports, and those that they import, without `import()`. */
function importsOf(folder: string, file: string): Set<string> {
  const files = new Set<string>();
  const follow = (name: string) => {
    for (const [, imported = ''] of readFileSync(join(folder, name), 'utf8').matchAll(/from"\.\/([^"]+)"/g)) {
      if (!files.has(imported)) follow(imported);
      files.add(imported);
    }
  };
  follow(file);
  return files;
}

test('a program consists of its entry, which waits for signals, and one file with everything else it starts with', async () => {
  const folder = join(await build('cmd/server/main.ts'), 'cmd/server');
  expect([...importsOf(folder, 'main.js')].join()).not.toMatch(/start-|service-/);
  const [entry = ''] = readFileSync(join(folder, 'main.js'), 'utf8').match(/service-[\w-]+\.js/) ?? [];
  const files = importsOf(folder, entry);
  expect([...files].filter((name) => name.startsWith('start-'))).toHaveLength(1);
  expect(files.size).toBeLessThan(6);
});

test('a program does not load built-in modules that it does not use', async () => {
  const outDir = await build('cmd/server/main.ts');
  const report = join(outDir, 'report.cjs');
  writeFileSync(report, "process.on('exit', () => console.log(process.moduleLoadList.join()));");
  const main = join(outDir, 'cmd/server/main.js');
  const args = ['--require', report, main, '--print-config', '--config-dir', join(ROOT, 'config')];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toContain('NativeModule http,');
  expect(stdout).not.toMatch(/NativeModule (http2|zlib|worker_threads|inspector),/);
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
    await expect.poll(readiness).toMatchObject({
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

const LIMIT_MS = 90_000;

/** Builds the server as `npm run build` does, without what does not run. */
async function buildServer(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'build-'));
  onTestFinished(() => rmSync(outDir, { recursive: true }));
  const [schemas] = await once(new Worker(join(ROOT, 'scripts/build/route-schemas.ts')), 'message');
  await bundle('cmd/server/main.ts', { root: ROOT, outDir, schemas });
  await bundle(COMPILERS, { root: ROOT, outDir });
  cpSync(join(ROOT, 'config'), join(outDir, 'config'), { recursive: true });
  writeFileSync(join(outDir, 'package.json'), '{"type":"module"}');
  cacheCode('cmd/server/main.js', { outDir });
  return outDir;
}

const PRODUCTION = {
  SKIFF_ENVIRONMENT: 'production',
  SKIFF_AUTH_ENABLED: 'false',
  SKIFF_HTTP_HOST: '127.0.0.1',
  SKIFF_ADMIN_HOST: '127.0.0.1',
  SKIFF_HTTP_PORT: '0',
  SKIFF_ADMIN_PORT: '0',
};

test(
  'in production, the build validates and serialises without a compiler, as the sources do',
  async () => {
    const outDir = await buildServer();
    rmSync(join(outDir, COMPILERS.replace('.ts', '.js')));
    const services = await Promise.all([
      startService({ root: outDir, program: 'cmd/server/main.js', env: PRODUCTION }),
      startService({ env: PRODUCTION }),
    ]);
    const outcomes = services.map(async ({ url, adminUrl, kill, exit }) => {
      const request = async (target: string, method = 'GET', body?: string) => {
        const headers = { 'content-type': 'application/json', 'x-request-id': 'same' };
        const response = await fetch(target, { method, headers, ...(body !== undefined && { body }) });
        const text = (await response.text()).replaceAll(/"(?:trace_id|updatedAt)":"[^"]*"/g, '"":""');
        return [response.status, JSON.parse(text)];
      };
      const responses = [
        await request(`${url}/v1/flags?limit=1e9&cursor=`),
        await request(`${url}/v1/flags/a`, 'PUT', '{"enabled":"true","expiresAt":"2026-01-01","other":1}'),
        await request(`${url}/v1/flags/a`, 'PUT', '{"enabled":true,"expiresAt":"2999-01-01T00:00:00Z"}'),
        await request(`${url}/v1/flags`),
        await request(`${url}/v1/peers`),
        await request(`${url}/version`),
        await request(`${adminUrl}/loglevel`, 'PUT', '{"level":"loud"}'),
      ];
      kill('SIGTERM');
      expect((await exit).code).toBe(0);
      return responses;
    });
    const [built, sources] = await Promise.all(outcomes);
    expect(built?.map(([status]) => status)).toEqual([422, 422, 201, 200, 200, 200, 422]);
    expect(built).toEqual(sources);
  },
  LIMIT_MS,
);

test(
  'the code cache of two builds in one folder is the same, and it is used after it was moved',
  async () => {
    const contents = (folder: string) =>
      globSync('*/*', { cwd: join(folder, CODE_CACHE) })
        .toSorted()
        .map((file) => [file, hash('sha256', readFileSync(join(folder, CODE_CACHE, file)))]);
    const outDir = await buildServer();
    const first = contents(outDir);
    expect(first.length).toBeGreaterThan(4);
    rmSync(join(outDir, CODE_CACHE), { recursive: true });
    cacheCode('cmd/server/main.js', { outDir });
    expect(contents(outDir)).toEqual(first);

    const moved = mkdtempSync(join(tmpdir(), 'moved-'));
    onTestFinished(() => rmSync(moved, { recursive: true }));
    cpSync(outDir, moved, { recursive: true });
    const { stderr, stdout } = spawnSync(process.execPath, [join(moved, 'cmd/server/main.js'), '--print-config'], {
      encoding: 'utf8',
      env: {
        NODE_COMPILE_CACHE: join(moved, CODE_CACHE),
        NODE_COMPILE_CACHE_PORTABLE: '1',
        NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
        NODE_OPTIONS: imageEnvironment().NODE_OPTIONS,
      },
    });
    expect(`${stdout}${stderr}`).toMatch(/service-\S+\.js was accepted/);
    expect(contents(moved)).toEqual(first);
  },
  LIMIT_MS,
);
