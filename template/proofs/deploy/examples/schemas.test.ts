import { expect, test } from 'vitest';
import { createStrictSchema } from '../chart/strict-schema.ts';
import { type Manifest, schemaProblems } from '../manifests/schema-problems.ts';
import { manifestsOf, one } from './manifests.ts';

const strict = createStrictSchema('1.37');

/** Kinds whose schema is published as a CRD or with Kubernetes. Packages have those of the other kinds. */
const HAS_STRICT_SCHEMA =
  /^(flagger\.app|monitoring\.coreos\.com|gateway\.networking\.k8s\.io|autoscaling|networking|policy|v1$)/;

async function problemsOf(manifests: readonly Manifest[]): Promise<string[]> {
  const isStrict = ({ apiVersion }: Manifest) => HAS_STRICT_SCHEMA.test(apiVersion);
  const others = manifests.filter((manifest) => !isStrict(manifest));
  return [
    ...manifests.filter(isStrict).flatMap((manifest) => strict({ ...manifest })),
    ...(others.length === 0 ? [] : await schemaProblems(others)),
  ];
}

test.each(['scaling', 'secrets', 'canary', 'flux'])(
  'all objects in deploy/%s conform to the schemas of their APIs and have no unknown fields',
  async (folder) => {
    const manifests = manifestsOf(folder);
    expect(manifests.length).toBeGreaterThan(1);
    expect(await problemsOf(manifests)).toEqual([]);
  },
);

test('a misspelt field is detected in each kind of schema', async () => {
  const misspelt = (manifest: Manifest) => ({ ...manifest, spec: { ...manifest.spec, unknown: {} } });
  const canary = manifestsOf('canary');
  for (const kind of ['Canary', 'Rollout', 'PodDisruptionBudget'])
    expect((await problemsOf([misspelt(one(canary, kind))])).join(), kind).toContain('unknown');
});
