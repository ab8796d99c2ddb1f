import type { Format } from './format.ts';
import { isSetting, type Schema, type Setting } from './schema.ts';

/**
 * The configuration type derived from a schema: nested like the schema, read-only, with each format's suffix added to
 * the key (`drainDelay`, a duration, becomes `drainDelayMs: number`). An optional setting is an optional property,
 * absent when not set.
 */
export type ConfigOf<S extends Schema> = Flat<
  {
    readonly [K in keyof S as K extends OptionalName<S> ? never : ResultName<S, K>]: S[K] extends Setting
      ? ValueOf<S[K]>
      : S[K] extends Schema
        ? ConfigOf<S[K]>
        : never;
  } & {
    readonly [K in OptionalName<S> as ResultName<S, K>]?: S[K] extends Setting ? ValueOf<S[K]> : never;
  }
>;

type ValueOf<T extends Setting> = T['format'] extends Format<infer Value> ? Value : never;

type OptionalName<S extends Schema> = {
  [K in keyof S]: S[K] extends Setting ? (S[K] extends { default: unknown } | { required: true } ? never : K) : never;
}[keyof S];

type ResultName<S extends Schema, K extends keyof S> = S[K] extends { format: Format<unknown, infer Suffix> }
  ? `${K & string}${Suffix}`
  : K;

/** Makes an intersection read as one object in an editor. */
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** Converts checked values, nested like the schema, to a deeply frozen {@link ConfigOf} object. */
export function typedConfig<S extends Schema>(schema: S, checked: object): ConfigOf<S> {
  const result: Record<string, unknown> = {};
  const values = new Map<string, unknown>(Object.entries(checked));
  for (const [name, node] of Object.entries(schema)) {
    const value = values.get(name);
    if (!isSetting(node)) result[name] = typedConfig(node, isObject(value) ? value : {});
    else if (value !== null && value !== undefined) result[name + node.format.suffix] = frozen(value);
  }
  // The loop above mirrors `ConfigOf`, and the values have just been checked against the schema.
  return Object.freeze(result) as ConfigOf<S>;
}

function frozen(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
