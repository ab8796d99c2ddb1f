import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stopBudgetMs } from '../../../../pkg/lifecycle/budget.ts';
import { configOf, FOLDER, NAME, servicesOf } from './services.ts';

/** Between the longest regular stop and the kill; the chart leaves the same. */
const SPARE_MS = 5_000;

test('what compose.yaml sets is a configuration that the service starts with', () => {
  expect(configOf('compose.yaml')).toMatchObject({ environment: 'production', auth: { enabled: false } });
});

test('the grace period is in step with the lifecycle of the service', () => {
  const { lifecycle } = configOf('compose.yaml');
  const expected = `${(stopBudgetMs(lifecycle) + SPARE_MS) / 1000}s`;
  expect(servicesOf('compose.yaml')[NAME]?.stop_grace_period).toBe(expected);
});

test('no image is of a version that moves under it', () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  expect(files).toContain('compose.yaml');
  const images = files.flatMap((file) => Object.values(servicesOf(file))).flatMap(({ image }) => image ?? []);
  expect(images.filter((image) => image !== NAME && !/:\d+\.\d+/.test(image))).toEqual([]);
});
