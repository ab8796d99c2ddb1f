import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, parseManifests, ROOT } from '../../../../test/deploy/helm.ts';

const FOLDER = join(ROOT, 'template/proofs/deploy/policy/testdata');

export interface BadManifest {
  /** The rule that it breaks, and the only one. */
  rule: string;
  path: string;
  manifests: Manifest[];
}

/** Those that break a rule of one object, or (`bad-together`) of several. */
export function badManifests(folder: 'bad' | 'bad-together'): BadManifest[] {
  return readdirSync(join(FOLDER, folder)).map((name) => {
    const path = join(FOLDER, folder, name);
    return { rule: name.replace('.yaml', ''), path, manifests: parseManifests(readFileSync(path, 'utf8')) };
  });
}
