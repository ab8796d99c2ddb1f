import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, CHART, render, theOne } from './helm.ts';
import { effectiveConfig } from './service-config.ts';

const VALUES = parse(readFileSync(join(CHART, 'values-postgres.yaml'), 'utf8'));
const COMPONENT = 'migrate';

test('the Job accepts the configuration of the service and runs the same image', async () => {
  const manifests = await render(VALUES);
  expect(effectiveConfig(manifests, { component: COMPONENT, kind: 'Job' })).toEqual(effectiveConfig(manifests));
  const imageOf = (object: unknown) => at(object, 'spec.template.spec.containers.0.image');
  expect(imageOf(theOne(manifests, 'Job', COMPONENT))).toBe(imageOf(theOne(manifests, 'Deployment')));
});

test('a time limit for the Job leaves Helm time to report why it failed', async () => {
  const job = theOne(await render(VALUES), 'Job', COMPONENT);
  expect(at(job, 'spec.activeDeadlineSeconds')).toBeLessThan(300);
  expect(effectiveConfig(await render(VALUES)).postgres.migrations.waitTimeoutMs).toBeLessThan(
    Number(at(job, 'spec.activeDeadlineSeconds')) * 1000,
  );
});

test('a service that would have no database is rejected', async () => {
  await expect(render({ ...VALUES, secrets: {} })).rejects.toThrow('secrets does not set postgres.url');
  const withoutDatabase = { config: { flags: { store: 'postgres' } } };
  await expect(render(withoutDatabase)).rejects.toThrow('set config.postgres.enabled to true');
});
