import { beforeAll, describe, expect, test } from 'vitest';
import { stopBudgetMs } from '../../../../pkg/lifecycle/budget.ts';
import { at, CHART, type Manifest, outputOf, render, theOne } from '../../../../test/deploy/helm.ts';
import { effectiveConfig } from '../../../../test/deploy/service-config.ts';
import { podSecurityProblems, podSpecs } from './pod-security.ts';
import { brokenReferences } from './references.ts';
import { createStrictSchema, KUBERNETES_VERSIONS } from './strict-schema.ts';
import { VALUE_SETS, VALUES_FILES } from './value-sets.ts';

const SPARE_MS = 5000;
const schemas = new Map(KUBERNETES_VERSIONS.map((version) => [version, createStrictSchema(version)]));

test('helm lint --strict reports no problem', async () => {
  for (const file of ['values.yaml', ...VALUES_FILES]) {
    expect(await outputOf('helm', ['lint', '--strict', CHART, '--values', `${CHART}/${file}`])).toContain(
      '0 chart(s) failed',
    );
  }
});

describe.each(VALUE_SETS)('with $name', ({ values }) => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await render(values);
  });

  test.each(KUBERNETES_VERSIONS)('every object conforms to the schema of Kubernetes %s', (version) => {
    expect(manifests.flatMap((manifest) => schemas.get(version)?.(manifest) ?? 'no schema')).toEqual([]);
  });

  test('every pod conforms to the restricted Pod Security Standard', () => {
    const specs = podSpecs(manifests);
    const creators = manifests.filter(({ kind }) => ['Deployment', 'Job', 'Pod'].includes(kind));
    expect(specs).toHaveLength(creators.length);
    expect(specs.flatMap(podSecurityProblems)).toEqual([]);
  });

  test('the objects have no broken references', () => {
    expect(brokenReferences(manifests)).toEqual([]);
  });

  test('the service accepts its configuration and listens on the container ports', () => {
    const config = effectiveConfig(manifests);
    const ports = at(theOne(manifests, 'Deployment'), 'spec.template.spec.containers.0.ports');
    expect(ports).toEqual([
      { name: 'http', containerPort: config.http.port, protocol: 'TCP' },
      { name: 'metrics', containerPort: config.admin.port, protocol: 'TCP' },
    ]);
  });

  test('the termination grace period is 5 s longer than the longest orderly shutdown', () => {
    const budget = stopBudgetMs(effectiveConfig(manifests).lifecycle);
    for (const deployment of manifests.filter(({ kind }) => kind === 'Deployment')) {
      const grace = at(deployment, 'spec.template.spec.terminationGracePeriodSeconds');
      expect(grace).toBe(Math.ceil((budget + SPARE_MS) / 1000));
    }
  });
});
