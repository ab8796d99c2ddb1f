import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, outputOf, parseManifests, ROOT } from '../../../../test/deploy/helm.ts';

/** What we give to a cluster: the chart with its values and those of its examples, and the plain manifests. */
export const OURS: readonly string[] = [
  'values.yaml',
  'values-production.yaml',
  'values-edge.yaml',
  ...['base', 'overlays/production'].filter((folder) => existsSync(join(ROOT, 'deploy/kubernetes', folder))),
];

/** As YAML. */
export function ours(name: string): Promise<string> {
  if (!name.endsWith('.yaml')) return outputOf('kubectl', ['kustomize', join(ROOT, 'deploy/kubernetes', name)]);
  const values = join(ROOT, 'charts/skiff', name);
  return outputOf('helm', [
    'template',
    'skiff',
    join(ROOT, 'charts/skiff'),
    '--namespace',
    'skiff',
    '--values',
    values,
  ]);
}

export async function ourManifests(name: string): Promise<Manifest[]> {
  return parseManifests(await ours(name));
}
