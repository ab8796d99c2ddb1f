import { stringify } from 'yaml';
import { MASK } from './config-error.ts';
import { type Found, merge, type ParsedLayer } from './layer.ts';
import { isSetting, type Schema, type Setting } from './schema.ts';

/** The current value of one setting, for display and for programs. */
export interface SettingDescription {
  readonly key: string;
  /** As written in YAML: `10s`, not 10000; `***` for a secret, `null` when not set. */
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
 * Prints the merged layers as YAML, with the origin of each value in a comment. Works for invalid layers too: the
 * comment then also names the origins of rejected values. Apart from masked secrets, the output reads back as the same
 * configuration.
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
        const rejectedOrigins = rejected.get(prefix + name)?.map((problem) => problem.origin) ?? [];
        const comment = rejectedOrigins.length === 0 ? origin : `${origin}; rejected: ${rejectedOrigins.join(', ')}`;
        lines.push({ text: `${indent}${name}: ${inline(value)}`, comment });
      } else {
        lines.push({ text: `${indent}${name}:` });
        print(node, `${prefix}${name}.`, `${indent}  `);
      }
    }
  };
  print(schema, '', '');
  // Align the comments, but do not let one long value push them all far to the right.
  const column = Math.min(48, Math.max(0, ...lines.map(({ text }) => text.length)));
  return lines
    .map(({ text, comment }) => `${comment === undefined ? text : `${text.padEnd(column)}  # ${comment}`}\n`)
    .join('');
}

/** Returns a value as written in YAML: a secret is masked, an unset value is `null`. */
export function describeValue(setting: Setting, found: Found | undefined): { value: unknown; origin: string } {
  const { value, origin } = found ?? { value: undefined, origin: 'not set' };
  if (value === undefined) return { value: null, origin };
  return { value: setting.secret === true ? MASK : setting.format.toYaml(value), origin };
}

function inline(value: unknown): string {
  const options = { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 } as const;
  // Removes only the final newline: `trimEnd` would also remove white space that belongs to the value.
  const text = stringify(value, options).replace(/\n$/, '');
  // A multi-line string would become a block scalar; JSON is valid YAML and fits on one line.
  return text.includes('\n') ? JSON.stringify(value) : text;
}
