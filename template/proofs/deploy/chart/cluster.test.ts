import { expect, test } from 'vitest';
import { at, CHART, type Manifest, outputOf, parseManifests, theOne } from '../../../../test/deploy/helm.ts';
import { effectiveConfig } from '../../../../test/deploy/service-config.ts';
import { loadObjects } from '../cluster/load.ts';
import { chartArguments } from '../cluster/steps/release.ts';
import { podSecurityProblems, podSpecs } from './pod-security.ts';
import { createStrictSchema, KUBERNETES_VERSIONS } from './strict-schema.ts';

const IMAGE = 'localhost:5000/skiff:dev';

test.each(KUBERNETES_VERSIONS)(
  'the load pods of the cluster suite conform to the schema of Kubernetes %s',
  (version) => {
    const options = { urls: ['http://skiff/healthz'], concurrency: 8, pauseMs: 20 };
    const objects = loadObjects({ image: IMAGE }, 'load', options) as Manifest[];
    expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Pod']);
    expect(objects.flatMap(createStrictSchema(version))).toEqual([]);
    expect(podSpecs(objects).flatMap(podSecurityProblems)).toEqual([]);
  },
);

test('the chart accepts the values of the cluster suite, which disable the rate limit', async () => {
  const args = ['template', 'skiff', CHART, '--namespace', 'skiff', ...chartArguments({ image: IMAGE })];
  const manifests = parseManifests(await outputOf('helm', args));
  expect(effectiveConfig(manifests).rateLimit.max).toBe(0);
  expect(at(theOne(manifests, 'Deployment'), 'spec.template.spec.containers.0.image')).toBe(IMAGE);
  expect(at(theOne(manifests, 'HorizontalPodAutoscaler'), 'spec.behavior.scaleDown')).toMatchObject({
    stabilizationWindowSeconds: 30,
    policies: [{ type: 'Percent' }],
  });
});
