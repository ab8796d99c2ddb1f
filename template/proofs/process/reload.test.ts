import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Service, ServiceOptions } from '../../../test/support/service.ts';
import { startItemsService } from '../../support/items-service.ts';
import { metric } from '../../support/metric.ts';

/** Creates a folder with the layout of a ConfigMap that the kubelet mounts. */
function configMap(content: string) {
  const folder = mkdtempSync(join(tmpdir(), 'reload-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let version = 0;
  const publish = (text: string) => {
    const name = `..2026_${++version}`;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'config.yaml'), text);
    symlinkSync(name, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  publish(content);
  symlinkSync(join('..data', 'config.yaml'), join(folder, 'config.yaml'));
  return { path: join(folder, 'config.yaml'), publish };
}

async function start(path: string, env: ServiceOptions['env'] = {}): Promise<Service> {
  const service = await startItemsService({ env: { SKIFF_CONFIG_FILE: path, ...env } });
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.exit;
  });
  await service.line('started');
  return service;
}

async function level({ adminUrl }: Service): Promise<unknown> {
  const body = await (await fetch(`${adminUrl}/loglevel`)).json();
  return Object(body).level;
}

async function putLevel({ adminUrl }: Service, value: string): Promise<void> {
  const response = await fetch(`${adminUrl}/loglevel`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ level: value }),
  });
  expect(response.status).toBe(200);
}

test('a new ConfigMap is applied when it is mounted, an invalid one is rejected, and PUT /loglevel holds until the next change', async () => {
  const map = configMap('log:\n  level: info\n');
  const service = await start(map.path);
  expect(await metric(service, 'config_last_reload_successful')).toBe(1);

  const startedAt = performance.now();
  map.publish('log:\n  level: debug\n');
  await expect.poll(() => level(service), { interval: 20 }).toBe('debug');
  // Without a file system event, the file is read after 10 s.
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(await service.line('configuration changed')).toMatchObject({
    key: 'log.level',
    before: 'info',
    after: 'debug',
    origin: expect.stringContaining('config.yaml:2'),
  });

  const succeeded = await metric(service, 'config_last_reload_success_timestamp_seconds');
  map.publish('log:\n  level: loud\nhttp:\n  port: 1\n');
  await service.line('configuration change rejected');
  expect(await metric(service, 'config_last_reload_successful')).toBe(0);
  expect(await metric(service, 'config_last_reload_success_timestamp_seconds')).toBe(succeeded);
  expect(await level(service)).toBe('debug');

  await putLevel(service, 'warn');
  map.publish('log:\n  level: debug\nhttp:\n  maxConnections: 5\n');
  await service.line('configuration change requires a restart');
  expect(await metric(service, 'config_last_reload_successful')).toBe(1);
  expect(await level(service)).toBe('warn');
  map.publish('log:\n  level: error\n');
  await expect.poll(() => level(service)).toBe('error');
});

test('a mounted file that is emptied or replaced by a FIFO is rejected, and the next valid one is applied', async () => {
  const map = configMap('log:\n  level: debug\n');
  const service = await start(map.path);
  const rejections = () => service.lines.filter(({ msg }) => msg === 'configuration change rejected');
  for (const [index, text] of ['', ' \n', '# log:\n#   level: info\n'].entries()) {
    map.publish(text);
    await expect.poll(() => rejections().length).toBe(index + 1);
  }
  rmSync(map.path);
  execFileSync('mkfifo', [map.path]);
  await expect.poll(() => JSON.stringify(rejections())).toContain('it is a FIFO');
  expect(await level(service)).toBe('debug');
  expect(await metric(service, 'config_last_reload_successful')).toBe(0);

  rmSync(map.path);
  writeFileSync(map.path, '{}\n');
  await expect.poll(() => level(service)).toBe('info');
  expect(await metric(service, 'config_last_reload_successful')).toBe(1);
});

test('a file replaced by renaming is detected, and a change shadowed by the environment is logged as shadowed', async () => {
  const { path } = configMap('');
  const file = join(path, '..', 'edited.yaml');
  writeFileSync(file, 'log:\n  level: info\n');
  const service = await start(file, { SKIFF_LOG_LEVEL: 'info' });
  writeFileSync(`${file}~`, 'log:\n  level: debug\n');
  renameSync(`${file}~`, file);
  expect(await service.line('configuration change is shadowed by a higher layer')).toMatchObject({
    key: 'log.level',
    after: 'debug',
    shadowedBy: 'env SKIFF_LOG_LEVEL',
  });
  expect(await level(service)).toBe('info');
});
