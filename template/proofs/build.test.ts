import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../scripts/build/bundle.ts';
import { startService } from '../../test/support/service.ts';

const ROOT = join(import.meta.dirname, '../..');

test('the build has no development dashboard, and runs without it in development', async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'build-'));
  onTestFinished(() => rmSync(outDir, { recursive: true }));
  await bundle('cmd/server/main.ts', { root: ROOT, outDir });
  writeFileSync(join(outDir, 'package.json'), '{"type":"module"}');
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
