import { parse } from 'yaml';
import type { Manifest } from '../../../../test/deploy/helm.ts';

/**
 * What may differ between the chart's render and plain manifests that mean the same, and nothing else:
 *
 * 1. the labels by which Helm knows its objects;
 * 2. the namespace: Helm is told, an overlay says it;
 * 3. the ways in which a change of the configuration replaces pods: a checksum, or a hash in the ConfigMap's name;
 * 4. how the configuration file is laid out, comments included;
 * 5. the order of fields and of objects.
 */
export function normalise(manifests: readonly Manifest[]): Map<string, unknown> {
  const hashed = hashedNames(manifests);
  const normalised = manifests.map((manifest) => {
    const copy = JSON.parse(JSON.stringify(manifest), (key, value) => {
      if (['app.kubernetes.io/managed-by', 'helm.sh/chart', 'checksum/config'].includes(key)) return undefined;
      if (key === 'annotations' && isEmpty(value)) return undefined;
      if (key === 'config.yaml' && typeof value === 'string') return parse(value);
      return typeof value === 'string' ? (hashed.get(value) ?? value) : value;
    });
    delete copy.metadata.namespace;
    return [`${manifest.kind} ${copy.metadata.name}`, copy] as const;
  });
  return new Map(normalised.sort(([a], [b]) => a.localeCompare(b)));
}

/** Each name that ends in kustomize's hash, and the one before. */
function hashedNames(manifests: readonly Manifest[]): Map<string, string> {
  const maps = manifests.filter(({ kind }) => kind === 'ConfigMap');
  return new Map(maps.map(({ metadata: { name } }) => [name, name.replace(/-[0-9a-z]{10}$/, '')]));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((inner) => inner === undefined);
}
