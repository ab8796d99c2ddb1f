import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stopBudgetMs } from '../../../../pkg/lifecycle/budget.ts';
import { configOf, FOLDER, NAME, servicesOf } from './services.ts';

/** Time between the longest orderly shutdown and the kill, as in the chart. */
const SPARE_MS = 5_000;

test('the service accepts the configuration in compose.yaml', () => {
  expect(configOf('compose.yaml')).toMatchObject({ environment: 'production', auth: { enabled: false } });
});

test('the grace period matches the lifecycle settings of the service', () => {
  const { lifecycle } = configOf('compose.yaml');
  const expected = `${(stopBudgetMs(lifecycle) + SPARE_MS) / 1000}s`;
  expect(servicesOf('compose.yaml')[NAME]?.stop_grace_period).toBe(expected);
});

test('every image is pinned to a version', () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  expect(files).toContain('compose.yaml');
  const images = files.flatMap((file) => Object.values(servicesOf(file))).flatMap(({ image }) => image ?? []);
  expect(images.filter((image) => image !== NAME && !/:\d+\.\d+/.test(image))).toEqual([]);
});
