import { versionFiles, withVersion } from '../../scripts/release/version-files.ts';
import { editJson } from './edits.ts';
import type { Feature } from './feature.ts';
import { featuresNamed } from './features/features.ts';
import { pipelinesWithout } from './features/pipelines.ts';
import { template } from './features/template.ts';
import { type Name, spellings } from './name.ts';
import type { Options } from './options.ts';
import { withOwner } from './ownership.ts';
import { removeFeatures } from './remove.ts';
import { rename } from './rename.ts';
import type { Tree } from './tree.ts';

/** The name of this project as a template. */
export const TEMPLATE_NAME = 'skiff';

const TEMPLATE_REGISTRY = 'registry.example.com';
const TEMPLATE_API_GROUP = 'batch.example.com';
const FIRST_VERSION = '0.1.0';
const CHANGELOG = `# Changelog

## Unreleased

- First version of the service.
`;

export interface Plan {
  readonly tree: Tree;
  /** Packages to uninstall. */
  readonly packages: readonly string[];
}

/**
 * Returns the files of the service, without writing any.
 *
 * @throws Error if a file or a text that a feature removes is not where the feature says.
 */
export function plan(tree: Tree, options: Options): Plan {
  const { name, registry, domain = 'example.com', without, ci = 'both' } = options;
  const removed: readonly Feature[] = [...featuresNamed(without), ...pipelinesWithout(ci), template];
  const rest = withFirstVersion(removeFeatures(tree, removed));
  const [from, to] = [spellings(TEMPLATE_NAME), spellings(name)];
  const renamed = [...rest].map(([path, { origin, text }]) => {
    // The name first: the registry may contain the name of the template.
    const changed =
      text &&
      rename(text, from, to).replaceAll(TEMPLATE_REGISTRY, registry).replaceAll(TEMPLATE_API_GROUP, `batch.${domain}`);
    return [rename(path, from, to), { origin, text: changed }] as const;
  });
  const files = new Map(renamed);
  edit(files, 'package.json', packageJson(options));
  edit(files, 'package-lock.json', lock);
  if (files.has('CHANGELOG.md')) edit(files, 'CHANGELOG.md', () => CHANGELOG);
  return { tree: withOwner(files, options.owner, name), packages: removed.flatMap(({ packages = [] }) => packages) };
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

/** Sets the version in the chart and the manifests, as packageJson() does in package.json. */
function withFirstVersion(tree: Tree): Tree {
  const files = new Map(tree);
  for (const file of versionFiles) {
    if (files.has(file.name)) edit(files, file.name, (text) => withVersion(file, text, FIRST_VERSION));
  }
  return files;
}

function packageJson({ owner }: Options) {
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

/** Describes the spellings of the name in one line. */
export function describeName({ kebab, constant, title }: Name): string {
  return `name ${kebab}, variables ${constant}_…, title ${title}`;
}
