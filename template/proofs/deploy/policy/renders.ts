import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, outputOf, parseManifests, ROOT } from '../../../../test/deploy/helm.ts';
import { EVERY_OPTION } from '../chart/every-option.ts';

const CONTROLLER = 'values.yaml and the controller';
const OPTIONS = 'values.yaml and every option';

/** The deployments of this project: the chart with each of its values files, and the plain manifests. */
export const RENDERS: readonly string[] = [
  'values.yaml',
  'values-production.yaml',
  'values-edge.yaml',
  'values-postgres.yaml',
  CONTROLLER,
  OPTIONS,
  ...['base', 'overlays/production'].filter((folder) => existsSync(join(ROOT, 'deploy/kubernetes', folder))),
];

/** Renders one of {@link RENDERS} as YAML. */
export function renderYaml(name: string): Promise<string> {
  const chart = join(ROOT, 'charts/skiff');
  const command = ['template', 'skiff', chart, '--namespace', 'skiff'];
  if (name === CONTROLLER) return outputOf('helm', [...command, '--set', 'controller.enabled=true']);
  // An Ingress without TLS is an exception that each user of the policies has to allow.
  if (name === OPTIONS)
    return outputOf('helm', [...command, '--set-json', JSON.stringify(EVERY_OPTION), '--set', 'ingress.tls=true']);
  if (name.endsWith('.yaml')) return outputOf('helm', [...command, '--values', join(chart, name)]);
  return outputOf('kubectl', ['kustomize', join(ROOT, 'deploy/kubernetes', name)]);
}

export async function renderManifests(name: string): Promise<Manifest[]> {
  return parseManifests(await renderYaml(name));
}
