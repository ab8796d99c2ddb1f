import type { Format } from './format.ts';

/**
 * Where a value can come from. `repository` is YAML committed with the code, `mounted` a YAML file provided at run
 * time, `kv` a key-value store, `set` the `--set` option of the command line.
 */
export type Source = 'default' | 'repository' | 'mounted' | 'kv' | 'env' | 'set';

/** One setting. With neither `default` nor `required` it is optional, and absent until set. */
export interface Setting {
  /** Description for the reference: what it does, and what its edge cases (0, empty, absent) mean. */
  readonly doc: string;
  readonly format: Format<unknown>;
  /** As written in YAML: `10s`, not 10000. */
  readonly default?: unknown;
  /** Source of a computed default, which the reference names instead of the current value. */
  readonly defaultFrom?: string;
  readonly required?: true;
  /** Masked wherever it is displayed; rejected from {@link SECRET_NOT_FROM}; may come from a file (`…_FILE`). */
  readonly secret?: true;
  /** May change while the process runs. */
  readonly reloadable?: true;
  /** Sources that must not set it. */
  readonly notFrom?: readonly Source[];
}

/** Settings by name, in groups nested to any depth: `{ http: { port: { … } } }` defines the key `http.port`. */
export interface Schema {
  readonly [name: string]: Setting | Schema;
}

/** Too widely readable for secrets: a repository, a KV store (any token holder), a command line (anyone, with `ps`). */
export const SECRET_NOT_FROM: readonly Source[] = ['repository', 'kv', 'set'];

/** Recognises a setting by `doc`, its one string field. A group can have keys called `format` or `default`. */
export function isSetting(node: Setting | Schema): node is Setting {
  return typeof node.doc === 'string';
}

/** Returns all settings by dotted key, in schema order. */
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

/** Adds sources to reject to every setting of a group, at any depth. */
export function notFrom<const S extends Schema>(sources: readonly Source[], group: S): S {
  const restrict = (node: Setting | Schema): Setting | Schema => {
    if (isSetting(node)) return { ...node, notFrom: [...new Set([...sources, ...(node.notFrom ?? [])])] };
    return Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, restrict(inner)]));
  };
  // Keys, descriptions and formats are unchanged: only sources were added.
  return restrict(group) as S;
}

export function isOptional(setting: Setting): boolean {
  return setting.default === undefined && setting.required !== true;
}
