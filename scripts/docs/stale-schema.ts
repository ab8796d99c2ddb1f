import { allEnvNames } from '../../pkg/config/env-names.ts';
import type { Schema } from '../../pkg/config/schema.ts';
import type { JsonSchema } from './chart-schema.ts';

/** Removes the required properties that the values do not have, at any depth. */
export function withoutMissingValues(schema: JsonSchema, values: unknown): void {
  const { properties, required } = schema;
  if (!isRecord(properties) || !isRecord(values) || !Array.isArray(required)) return;
  for (const name of required) if (!(name in values)) delete properties[name];
  schema.required = required.filter((name) => name in values);
  for (const [name, inner] of Object.entries(properties))
    if (isRecord(inner)) withoutMissingValues(inner, values[name]);
}

/** Removes the alternatives of `^(A|B|PREFIX_(C|D_(E|F)))$` after the prefix that are not variables of any setting. */
export function withoutUnknownVariables(pattern: string, settings: Schema, prefix: string): string {
  const names = allEnvNames(settings, prefix).map((name) => name.slice(prefix.length + 1));
  const [, before = '', list = '', after = ''] = new RegExp(`^(.*${prefix}_\\()(.*)(\\)\\)\\$)$`).exec(pattern) ?? [];
  const alternatives = list.match(/(?:[^|()]|\((?:[^()]|\([^()]*\))*\))+/g) ?? [];
  const known = alternatives.filter((alternative) => names.some((name) => new RegExp(`^${alternative}$`).test(name)));
  return `${before}${known.join('|')}${after}`;
}

function isRecord(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
