import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stopBudgetMs } from '../../pkg/lifecycle/budget.ts';
import { at, CHART, outputOf, render, theOne } from './helm.ts';
import { effectiveConfig } from './service-config.ts';

/** Time between the longest orderly shutdown and SIGKILL. */
const SPARE_MS = 5000;

describe.each(globSync('values*.yaml', { cwd: CHART }))('with %s', (name) => {
  const file = join(CHART, name);

  test('helm lint reports no problem', async () => {
    const report = await outputOf('helm', ['lint', '--strict', CHART, '--values', file]);
    expect(report).toContain('0 chart(s) failed');
  });

  test('the service accepts its configuration and listens on the container ports', async () => {
    const manifests = await render({}, { args: ['--values', file] });
    const config = effectiveConfig(manifests);
    expect(at(theOne(manifests, 'Deployment'), 'spec.template.spec.containers.0.ports')).toEqual([
      { name: 'http', containerPort: config.http.port, protocol: 'TCP' },
      { name: 'metrics', containerPort: config.admin.port, protocol: 'TCP' },
    ]);
  });

  test('the termination grace period is 5 s longer than the longest orderly shutdown', async () => {
    const manifests = await render({}, { args: ['--values', file] });
    const grace = at(theOne(manifests, 'Deployment'), 'spec.template.spec.terminationGracePeriodSeconds');
    expect(grace).toBe(Math.ceil((stopBudgetMs(effectiveConfig(manifests).lifecycle) + SPARE_MS) / 1000));
  });
});

test('in development too, the service listens where the kubelet can reach it, unless a setting says otherwise', async () => {
  const hosts = async (config: object) => {
    const { http, admin } = effectiveConfig(await render({ config: { environment: 'development', ...config } }));
    return [http.host, admin.host];
  };
  expect(await hosts({})).toEqual(['::', '::']);
  expect(await hosts({ http: { host: '0.0.0.0' } })).toEqual(['0.0.0.0', '::']);
});

test.each([
  ['an unknown value', { replicas: 3 }, "additional properties 'replicas' not allowed"],
  ['an unknown value', { replicas: 3 }, "'replicas' does not match pattern '^(global|enabled|replicaCount|image|"],
  ['a misspelt setting', { config: { http: { bodyLimmit: '1MiB' } } }, '/config/http'],
  ['a setting with a wrong value', { config: { log: { level: 'verbose' } } }, '/config/log/level'],
])('%s is rejected with its path', async (_, values, path) => {
  await expect(render(values)).rejects.toThrow(path);
});
