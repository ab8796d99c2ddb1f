import { parse } from 'yaml';
import type { Manifest } from '../../../../test/deploy/helm.ts';

/**
 * Removes the permitted differences between the objects of the chart and equivalent plain manifests:
 *
 * 1. the labels that identify Helm's objects;
 * 2. the namespace, which is an argument of Helm but a field of an overlay;
 * 3. what makes a changed configuration replace pods: a checksum annotation, or a hash in the ConfigMap's name;
 * 4. the format of the configuration file, including comments;
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

/** Maps each name of a ConfigMap to the name without kustomize's hash. */
function hashedNames(manifests: readonly Manifest[]): Map<string, string> {
  const maps = manifests.filter(({ kind }) => kind === 'ConfigMap');
  return new Map(maps.map(({ metadata: { name } }) => [name, name.replace(/-[0-9a-z]{10}$/, '')]));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((inner) => inner === undefined);
}
