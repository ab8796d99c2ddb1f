import { stringify } from 'yaml';
import { MASK } from './config-error.ts';
import type { Found, ParsedLayer } from './layer.ts';
import { merge } from './merge.ts';
import { isSetting, type Schema, type Setting } from './schema.ts';

/** One setting as it stands, for people and for programs. */
export interface SettingDescription {
  readonly key: string;
  /** As one would write it in YAML: `10s`, not 10000; `***` for a secret, `null` for none. */
  readonly value: unknown;
  readonly origin: string;
  readonly reloadable: boolean;
}

export function describeSettings(
  settings: ReadonlyMap<string, Setting>,
  found: ReadonlyMap<string, Found>,
): SettingDescription[] {
  return [...settings].map(([key, setting]) => ({
    key,
    ...describeValue(setting, found.get(key)),
    reloadable: setting.reloadable === true,
  }));
}

/**
 * Prints layers, merged, as YAML with each value's origin as a comment, also while they are invalid: a rejected value is
 * named in the comment of the one that is used without it. The program would read it back as the same configuration, but
 * for the masked secrets.
 */
export function printSettings(schema: Schema, layers: readonly ParsedLayer[]): string {
  const found = merge(layers);
  const rejected = Map.groupBy(
    layers.flatMap(({ problems }) => problems),
    ({ key }) => key,
  );
  const lines: { text: string; comment?: string }[] = [];
  const print = (group: Schema, prefix: string, indent: string): void => {
    for (const [name, node] of Object.entries(group)) {
      if (isSetting(node)) {
        const { value, origin } = describeValue(node, found.get(prefix + name));
        const without = rejected.get(prefix + name)?.map((problem) => problem.origin) ?? [];
        const comment = without.length === 0 ? origin : `${origin}; rejected: ${without.join(', ')}`;
        lines.push({ text: `${indent}${name}: ${inline(value)}`, comment });
      } else {
        lines.push({ text: `${indent}${name}:` });
        print(node, `${prefix}${name}.`, `${indent}  `);
      }
    }
  };
  print(schema, '', '');
  // Comments in one column, unless a long value would push them all out of sight.
  const column = Math.min(48, Math.max(0, ...lines.map(({ text }) => text.length)));
  return lines
    .map(({ text, comment }) => `${comment === undefined ? text : `${text.padEnd(column)}  # ${comment}`}\n`)
    .join('');
}

/** A value as one would write it in YAML, a secret masked, `null` for none. */
export function describeValue(setting: Setting, found: Found | undefined): { value: unknown; origin: string } {
  const { value, origin } = found ?? { value: undefined, origin: 'not set' };
  if (value === undefined) return { value: null, origin };
  return { value: setting.secret === true ? MASK : setting.format.toYaml(value), origin };
}

function inline(value: unknown): string {
  const options = { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 } as const;
  // Its last newline only: `trimEnd` would also take white space that belongs to the value.
  const text = stringify(value, options).replace(/\n$/, '');
  // A string of several lines would become a block; JSON is YAML too, and keeps it on one.
  return text.includes('\n') ? JSON.stringify(value) : text;
}
