import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, parseManifests, ROOT } from '../../../../test/deploy/helm.ts';

const FOLDER = join(ROOT, 'template/proofs/deploy/policy/testdata');

export interface BadManifest {
  /** The only rule that it breaks. */
  rule: string;
  path: string;
  manifests: Manifest[];
}

/** Returns the manifests that break a rule for a single object (`bad`) or for several objects (`bad-together`). */
export function badManifests(folder: 'bad' | 'bad-together'): BadManifest[] {
  return readdirSync(join(FOLDER, folder)).map((name) => {
    const path = join(FOLDER, folder, name);
    return { rule: name.replace('.yaml', ''), path, manifests: parseManifests(readFileSync(path, 'utf8')) };
  });
}
