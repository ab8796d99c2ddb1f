import { matchesGlob } from 'node:path';
import type { Edit } from './edits.ts';
import type { Feature } from './feature.ts';
import { withoutMentions } from './mentions.ts';
import type { File, Tree } from './tree.ts';

/**
 * Returns the tree without these features.
 *
 * @throws Error if a file or a text is not where a feature says.
 */
export function removeFeatures(tree: Tree, features: readonly Feature[]): Tree {
  const files = new Map(tree);
  for (const feature of features) {
    for (const path of feature.files) {
      const found = [...tree.keys()].filter(
        (file) => file === path || file.startsWith(`${path}/`) || matchesGlob(file, path),
      );
      if (found.length === 0) throw new Error(`feature ${feature.name}: there is no ${path}`);
      for (const file of found) files.delete(file);
    }
  }

  const madeIn = new Map<string, Set<Edit>>();
  for (const feature of features) {
    for (const [path, ...edits] of feature.edits) {
      if (!tree.has(path)) throw new Error(`feature ${feature.name}: there is no ${path}`);
      const file = files.get(path);
      if (file === undefined) continue;
      const made = madeIn.get(path) ?? new Set();
      madeIn.set(path, made);
      const fresh = edits.filter((edit) => !made.has(edit));
      for (const edit of fresh) made.add(edit);
      files.set(path, { ...file, text: edited(file, fresh, `feature ${feature.name}: ${path}`) });
    }
  }

  const isGone = (target: string) => has(tree, target) && !has(files, target);
  for (const [path, file] of files) {
    if (file.text !== undefined) files.set(path, { ...file, text: withoutMentions(path, file.text, isGone) });
  }
  return files;
}

function edited({ text = '' }: File, edits: readonly Edit[], where: string): string {
  try {
    return edits.reduce((current, edit) => edit(current), text);
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Reports whether there is such a file, or a folder with files in it. */
function has(files: Tree, target: string): boolean {
  return files.has(target) || [...files.keys()].some((path) => path.startsWith(`${target}/`));
}
