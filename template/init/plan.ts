import { versionFiles, withVersion } from '../../scripts/release/version-files.ts';
import { editJson } from './edits.ts';
import type { Feature } from './feature.ts';
import { featuresNamed } from './features/features.ts';
import { template } from './features/template.ts';
import { type Name, spellings } from './name.ts';
import { removeFeatures } from './remove.ts';
import { rename } from './rename.ts';
import type { Tree } from './tree.ts';

export interface Wishes {
  readonly name: string;
  readonly owner: string;
  /** Where images go: `registry.example.com/checkout`. */
  readonly registry: string;
  /** Names of features. */
  readonly without: readonly string[];
}

/** The name that this project has as long as it is a template. */
export const TEMPLATE_NAME = 'skiff';

const TEMPLATE_REGISTRY = 'registry.example.com';
const FIRST_VERSION = '0.1.0';
const CHANGELOG = `# Changelog

## Unreleased

- The service begins.
`;

export interface Plan {
  readonly tree: Tree;
  /** Packages to uninstall. */
  readonly packages: readonly string[];
}

/** What the project becomes. Changes nothing; throws when the project is not as a feature's description expects. */
export function plan(tree: Tree, wishes: Wishes): Plan {
  const removed: readonly Feature[] = [...featuresNamed(wishes.without), template];
  const rest = withFirstVersion(removeFeatures(tree, removed));
  const [from, to] = [spellings(TEMPLATE_NAME), spellings(wishes.name)];
  const renamed = [...rest].map(([path, { origin, text }]) => {
    const changed = text?.replaceAll(TEMPLATE_REGISTRY, wishes.registry);
    return [rename(path, from, to), { origin, text: changed && rename(changed, from, to) }] as const;
  });
  const files = new Map(renamed);
  edit(files, 'package.json', packageJson(wishes));
  edit(files, 'package-lock.json', lock);
  if (files.has('CHANGELOG.md')) edit(files, 'CHANGELOG.md', () => CHANGELOG);
  return { tree: files, packages: removed.flatMap(({ packages = [] }) => packages) };
}

function edit(
  files: Map<string, { origin: string; text: string | undefined }>,
  path: string,
  change: (text: string) => string,
) {
  const file = files.get(path);
  if (file?.text === undefined) throw new Error(`there is no ${path}`);
  files.set(path, { ...file, text: change(file.text) });
}

/** Chart and manifests name the version that package.json has. */
function withFirstVersion(tree: Tree): Tree {
  const files = new Map(tree);
  for (const file of versionFiles) {
    if (files.has(file.name)) edit(files, file.name, (text) => withVersion(file, text, FIRST_VERSION));
  }
  return files;
}

function packageJson({ owner }: Wishes) {
  return editJson((document) => {
    document.version = FIRST_VERSION;
    document.author = owner;
  });
}

const lock = editJson((document) => {
  document.version = FIRST_VERSION;
  const { packages } = document;
  if (typeof packages !== 'object' || packages === null || !('' in packages)) throw new Error('the lock has no root');
  Object.assign(packages[''] as object, { version: FIRST_VERSION });
});

/** What the name becomes, for people. */
export function describeName({ kebab, constant, title }: Name): string {
  return `name ${kebab}, variables ${constant}_…, title ${title}`;
}
