import type { Options } from './options.ts';
import type { Tree } from './tree.ts';

/** The file at the root of a service that says how it was made. */
export const RECORD = '.template.json';

/** The template as it was when a service was made from it. */
export interface Template {
  readonly commit: string;
  /** Where the commit can be fetched from, if it is known. */
  readonly url?: string | undefined;
  readonly tree: Tree;
}

/** Adds the record. From it, `plan` can repeat what init did, with the same options and the template at that commit. */
export function withRecord(tree: Tree, options: Required<Options>, { commit, url, tree: template }: Template): Tree {
  const { name, owner, registry, domain, without, ci } = options;
  const { version }: { version: string } = JSON.parse(template.get('package.json')?.text ?? '{}');
  const record = {
    name,
    owner,
    registry,
    domain,
    without,
    ci,
    template: { version, commit, ...(url !== undefined && { url }) },
  };
  return new Map([...tree, [RECORD, { origin: RECORD, text: `${JSON.stringify(record, null, 2)}\n` }]]);
}
