import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UpgradeError } from '../../scripts/upgrade/run.ts';

/** How this service was made from the template: `.template.json`. */
export interface Record {
  readonly name: string;
  readonly owner: string;
  readonly registry: string;
  /** The features that it does not have. */
  readonly without: readonly string[];
  readonly ci: string;
  /** `url`: where the commit can be fetched from, if `init` knew it. */
  readonly template: { readonly version: string; readonly commit: string; readonly url?: string };
}

export const RECORD = '.template.json';

const EXAMPLE = `Write it by hand and commit it, with the options that the service was made with:
{
  "name": "orders",
  "owner": "Team Checkout",
  "registry": "registry.example.com/checkout",
  "without": ["example", "consul"],
  "ci": "both",
  "template": { "version": "0.1.0", "commit": "<commit of the template that the service was made from>" }
}`;

/** @throws UpgradeError if there is no record or it is incomplete. */
export function readRecord(root: string): Record {
  let record: Partial<Record>;
  try {
    record = JSON.parse(readFileSync(join(root, RECORD), 'utf8'));
  } catch (error) {
    throw new UpgradeError(`cannot read ${RECORD}: ${error instanceof Error ? error.message : error}\n${EXAMPLE}`);
  }
  const { name, owner, registry, without = [], ci = 'both', template } = record;
  if (!(name && owner && registry && template?.version && /^[0-9a-f]{40}$/.test(template.commit))) {
    throw new UpgradeError(`${RECORD} needs name, owner, registry and template, with a whole commit id\n${EXAMPLE}`);
  }
  return { ...record, name, owner, registry, without, ci, template };
}

export interface FeatureChanges {
  readonly with?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly ci?: string | undefined;
}

/** Returns the record with other features. @throws UpgradeError if a feature to add was not removed before. */
export function withFeatures(record: Record, changes: FeatureChanges): Record {
  const { with: added = [], without: removed = [], ci = record.ci } = changes;
  const unknown = added.filter((name) => !record.without.includes(name));
  if (unknown.length > 0) {
    throw new UpgradeError(
      `--with: ${unknown.join()} was not removed; ${RECORD} lists ${record.without.join() || 'none'}`,
    );
  }
  const kept = record.without.filter((name) => !added.includes(name) && !removed.includes(name));
  return { ...record, without: [...kept, ...removed], ci };
}
