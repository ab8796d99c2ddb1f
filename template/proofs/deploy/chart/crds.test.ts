import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { at, CHART, type Manifest, parseManifests, render, theOne } from '../../../../test/deploy/helm.ts';
import { createStrictSchema, KUBERNETES_VERSIONS } from './strict-schema.ts';

const CONTROLLER = { controller: { enabled: true } };
const KEEP = { 'argocd.argoproj.io/sync-options': 'Prune=false', 'helm.sh/resource-policy': 'keep' };

/** The CRDs that `npm run docs` writes. */
const generated = globSync('files/crds/*.yaml', { cwd: CHART })
  .toSorted()
  .flatMap((name) => parseManifests(readFileSync(join(CHART, name), 'utf8')));

/** Renders the CRDs of the chart, including any in its folder `crds`, which Helm installs with the first release. */
async function renderCrds(values: object, chart = CHART): Promise<Manifest[]> {
  const manifests = await render(values, { chart, args: ['--include-crds'] });
  return manifests.filter(({ kind }) => kind === 'CustomResourceDefinition');
}

test.each([
  ['by default', {}],
  ['with the controller disabled', { controller: { enabled: false, installCRDs: true } }],
  ['with installCRDs disabled', { controller: { enabled: true, installCRDs: false } }],
])('the chart contains no CRD %s, so that permissions in one namespace are enough', async (_, values) => {
  expect(await renderCrds(values)).toEqual([]);
});

test('with the controller, the chart contains every generated CRD, unchanged except that uninstalling keeps it', async () => {
  const rendered = await renderCrds(CONTROLLER);
  expect(rendered.map(({ metadata }) => metadata.name)).toEqual(['jobtrackers.batch.example.com']);
  expect(rendered).toEqual(
    generated.map((crd) => ({ ...crd, metadata: { ...crd.metadata, annotations: { ...KEEP } } })),
  );
});

test('a CRD keeps its own annotations, large numbers and braces', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crds-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(CHART, folder, { recursive: true });
  const metadata = { name: 'a.example.com', annotations: { 'api-approved.kubernetes.io': 'unapproved' } };
  const spec = { maxLength: 10_000_000, maximum: Number.MAX_SAFE_INTEGER, message: 'a {{ b }} c', ratio: 0.25 };
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata, spec };
  writeFileSync(join(folder, 'files/crds/a.yaml'), JSON.stringify(crd));
  const expected = { ...crd, metadata: { ...metadata, annotations: { ...metadata.annotations, ...KEEP } } };
  const rendered = await renderCrds(CONTROLLER, folder);
  expect(rendered).toHaveLength(generated.length + 1);
  expect(rendered).toContainEqual(expected);
});

test('a new version of the chart changes no CRD', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crds-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(CHART, folder, { recursive: true });
  const file = join(folder, 'Chart.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^((?:appV|v)ersion:).*/gm, '$1 99.1.2'));
  expect(await renderCrds(CONTROLLER, folder)).toEqual(await renderCrds(CONTROLLER));
});

test('the CRDs conform to the schema of Kubernetes, and the controller may watch every kind and write its status', async () => {
  const crds = await renderCrds(CONTROLLER);
  const schemas = KUBERNETES_VERSIONS.map(createStrictSchema);
  expect(schemas.flatMap((problemsOf) => crds.flatMap(problemsOf))).toEqual([]);

  const { rules } = theOne(await render(CONTROLLER), 'Role', 'controller');
  for (const crd of crds) {
    const [group, plural] = [at(crd, 'spec.group'), at(crd, 'spec.names.plural')];
    const verbs = (resource: string) =>
      (rules as Record<string, unknown[]>[])
        .filter(({ apiGroups, resources }) => apiGroups?.includes(group) && resources?.includes(resource))
        .flatMap((rule) => rule.verbs);
    expect(verbs(String(plural)), crd.metadata.name).toEqual(expect.arrayContaining(['list', 'watch']));
    expect(verbs(`${plural}/status`), crd.metadata.name).toContain('patch');
  }
});
