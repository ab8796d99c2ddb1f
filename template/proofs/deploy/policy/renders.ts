import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, outputOf, parseManifests, ROOT } from '../../../../test/deploy/helm.ts';

/** The deployments of this project: the chart with each of its values files, and the plain manifests. */
export const RENDERS: readonly string[] = [
  'values.yaml',
  'values-production.yaml',
  'values-edge.yaml',
  ...['base', 'overlays/production'].filter((folder) => existsSync(join(ROOT, 'deploy/kubernetes', folder))),
];

/** Renders one of {@link RENDERS} as YAML. */
export function renderYaml(name: string): Promise<string> {
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

export async function renderManifests(name: string): Promise<Manifest[]> {
  return parseManifests(await renderYaml(name));
}
