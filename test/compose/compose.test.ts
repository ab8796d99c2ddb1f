import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../internal/config/config.ts';
import { stopBudgetMs } from '../../pkg/lifecycle/budget.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'deploy/compose');
/** Between the longest regular stop and the kill; the chart leaves the same. */
const SPARE_MS = 5_000;

interface Service {
  image: string;
  environment: Record<string, string>;
  stop_grace_period: string;
  volumes?: string[];
}

function servicesOf(file: string): Record<string, Service> {
  return parse(readFileSync(join(FOLDER, file), 'utf8')).services;
}

function configOf(...files: string[]) {
  const env = Object.assign({ NODE_ENV: 'production' }, ...files.map((file) => servicesOf(file).skiff?.environment));
  return loadConfig({ env, set: [], defaultConfigDir: join(ROOT, 'config') }).config;
}

test('what compose.yaml sets is a configuration that the service starts with', () => {
  expect(configOf('compose.yaml')).toMatchObject({
    environment: 'production',
    consul: { enabled: true },
    flags: { store: 'consul' },
  });
  expect(configOf('compose.yaml', 'compose.observability.yaml').tracing.endpoint).toBe('http://observability:4318');
});

test('the grace period is in step with the lifecycle of the service', () => {
  const { lifecycle } = configOf('compose.yaml');
  const expected = `${(stopBudgetMs(lifecycle) + SPARE_MS) / 1000}s`;
  expect(servicesOf('compose.yaml').skiff?.stop_grace_period).toBe(expected);
});

test('every file that is mounted is there', () => {
  const volumes = servicesOf('compose.observability.yaml').observability?.volumes ?? [];
  expect(volumes.length).toBeGreaterThan(4);
  const missing = volumes.map((volume) => volume.split(':')[0] ?? '').filter((file) => !existsSync(join(FOLDER, file)));
  expect(missing).toEqual([]);
});

test('no image is of a version that moves under it', () => {
  const images = ['compose.yaml', 'compose.observability.yaml', 'consul.yaml']
    .flatMap((file) => Object.values(servicesOf(file)))
    .flatMap(({ image }) => (image === undefined || image === 'skiff' ? [] : [image]));
  expect(images.length).toBeGreaterThan(1);
  expect(images.filter((image) => !/:\d+\.\d+/.test(image))).toEqual([]);
});
