import type { Format } from './format.ts';

/**
 * Where a value can come from. `repository` is YAML that is committed with the code, `mounted` one more YAML file
 * given at run time, `kv` a key-value store, `set` the command line.
 */
export type Source = 'default' | 'repository' | 'mounted' | 'kv' | 'env' | 'set';

/** One thing an operator can set. With neither `default` nor `required` it is optional, and absent until set. */
export interface Setting {
  /** For the reference: what it does, and what its edges (0, empty, absent) mean. */
  readonly doc: string;
  readonly format: Format<unknown>;
  /** As one would write it in YAML: `10s`, not 10000. */
  readonly default?: unknown;
  /** Where a computed default is taken from; the reference says that instead of the value of the day. */
  readonly defaultFrom?: string;
  readonly required?: true;
  /** Masked wherever it is shown; refused from {@link SECRET_NOT_FROM}; may come from a file (`…_FILE`). */
  readonly secret?: true;
  /** May change while the process runs. */
  readonly reloadable?: true;
  /** Sources that may not set it. */
  readonly notFrom?: readonly Source[];
}

/** Settings by name, in groups to any depth: `{ http: { port: { doc, format, default } } }` has the key `http.port`. */
export interface Schema {
  readonly [name: string]: Setting | Schema;
}

/** A repository is read by many, a KV store by whoever has a token for it, a command line by all who can run `ps`. */
export const SECRET_NOT_FROM: readonly Source[] = ['repository', 'kv', 'set'];

/** `doc` tells a setting from a group: it is the one field that is a string, and a group may well have a key `format`. */
export function isSetting(node: Setting | Schema): node is Setting {
  return typeof node.doc === 'string';
}

/** All settings by their dotted key, in the order in which the schema has them. */
export function settingsOf(schema: Schema): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  const collect = (group: Schema, prefix: string): void => {
    for (const [name, node] of Object.entries(group)) {
      if (isSetting(node)) settings.set(prefix + name, node);
      else collect(node, `${prefix}${name}.`);
    }
  };
  collect(schema, '');
  return settings;
}

/** A group none of whose settings may come from these sources, whatever else its settings say of themselves. */
export function notFrom<const S extends Schema>(sources: readonly Source[], group: S): S {
  const refuse = (node: Setting | Schema): Setting | Schema => {
    if (isSetting(node)) return { ...node, notFrom: [...new Set([...sources, ...(node.notFrom ?? [])])] };
    return Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, refuse(inner)]));
  };
  // The same keys, documents and formats: only sources were added.
  return refuse(group) as S;
}

export function isOptional(setting: Setting): boolean {
  return setting.default === undefined && setting.required !== true;
}
