import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHART, ROOT, render } from '../../../../test/deploy/helm.ts';
import { manifestsOf, one, textOf } from './manifests.ts';

const manifests = manifestsOf('flux');
const { spec: release } = one(manifests, 'HelmRelease');
const { version, name } = parse(textOf('charts/skiff/Chart.yaml'));

test('the release is this version of the chart, with values that it accepts', async () => {
  const { chart, version: installed, valuesFiles, sourceRef } = release.chart.spec;
  expect([chart, installed]).toEqual([name, version]);
  expect(sourceRef.name).toBe(one(manifests, 'HelmRepository').metadata.name);
  const args = valuesFiles.flatMap((file: string) => ['--values', join(CHART, file)]);
  const kinds = (await render(release.values, { args })).map(({ kind }) => kind);
  expect(kinds).toContain('HTTPRoute');
});

test('drift of the number of replicas is left to the autoscaler', () => {
  const { mode, ignore } = release.driftDetection;
  expect([mode, ignore]).toEqual(['enabled', [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }]]);
});

test('the Kustomization builds the overlay of this version', () => {
  const { path, sourceRef } = one(manifests, 'Kustomization').spec;
  expect(existsSync(join(ROOT, path, 'kustomization.yaml'))).toBe(true);
  const source = one(manifests, 'GitRepository');
  expect([sourceRef.name, source.spec.ref.tag]).toEqual([source.metadata.name, `v${version}`]);
});
