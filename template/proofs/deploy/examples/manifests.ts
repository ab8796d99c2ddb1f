import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../../test/deploy/helm.ts';
import { type Manifest, manifestsIn } from '../manifests/schema-problems.ts';

/** Files of these folders that are not Kubernetes objects: values of charts, and kustomizations. */
const NO_OBJECTS = /(?:^|\/)(?:values|prometheus-adapter|kustomization)\.yaml$/;

/** Returns the Kubernetes objects in the files of a folder, relative to deploy/. */
export function manifestsOf(folder: string): Manifest[] {
  const root = join(ROOT, 'deploy', folder);
  const files = globSync('**/*.yaml', { cwd: root }).filter((name) => !NO_OBJECTS.test(name));
  return files.toSorted().flatMap((name) => manifestsIn(readFileSync(join(root, name), 'utf8')));
}

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Returns the only object of a kind, with this name if there are several. */
export function one(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((each) => each.kind === kind && (name === undefined || each.metadata.name === name));
  if (found[0] === undefined || found.length > 1) throw new Error(`expected one ${kind}, found ${found.length}`);
  return found[0];
}
