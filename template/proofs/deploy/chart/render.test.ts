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

test('helm lint finds nothing, with its strictest rules', async () => {
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

  test.each(KUBERNETES_VERSIONS)('Kubernetes %s knows every field of every object', (version) => {
    expect(manifests.flatMap((manifest) => schemas.get(version)?.(manifest) ?? 'no schema')).toEqual([]);
  });

  test('every pod is within the restricted Pod Security Standard', () => {
    const specs = podSpecs(manifests);
    expect(specs).toHaveLength(2);
    expect(specs.flatMap(podSecurityProblems)).toEqual([]);
  });

  test('objects mean each other by names that are there', () => {
    expect(brokenReferences(manifests)).toEqual([]);
  });

  test('the service starts with what it is given, on the ports that are announced', () => {
    const config = effectiveConfig(manifests);
    const ports = at(theOne(manifests, 'Deployment'), 'spec.template.spec.containers.0.ports');
    expect(ports).toEqual([
      { name: 'http', containerPort: config.http.port, protocol: 'TCP' },
      { name: 'metrics', containerPort: config.admin.port, protocol: 'TCP' },
    ]);
  });

  test('the kubelet waits 5 s longer than the longest regular stop', () => {
    const budget = stopBudgetMs(effectiveConfig(manifests).lifecycle);
    const grace = at(theOne(manifests, 'Deployment'), 'spec.template.spec.terminationGracePeriodSeconds');
    expect(grace).toBe(Math.ceil((budget + SPARE_MS) / 1000));
  });
});
