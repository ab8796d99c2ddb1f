import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configOf, FOLDER, servicesOf } from './services.ts';

const FILE = 'compose.observability.yaml';

test('the service exports spans to the container that receives them', () => {
  const { host, port } = new URL(configOf('compose.yaml', FILE).tracing.endpoint ?? '');
  expect(Object.keys(servicesOf(FILE))).toContain(host.split(':')[0]);
  expect(port).toBe('4318');
});

test('every mounted file exists', () => {
  const volumes = servicesOf(FILE).observability?.volumes ?? [];
  expect(volumes.length).toBeGreaterThan(4);
  const missing = volumes.map((volume) => volume.split(':')[0] ?? '').filter((file) => !existsSync(join(FOLDER, file)));
  expect(missing).toEqual([]);
});
