import type { Schema, Setting } from '../../pkg/config/schema.ts';
import { isSetting, settingsOf } from '../../pkg/config/schema.ts';

export type JsonSchema = { [key: string]: unknown };

/**
 * Returns a JSON Schema of the settings that a mounted file may contain. Secrets are excluded, because the file is a
 * ConfigMap. The schema checks names, types, enumerations and units; the service validates the rest at start-up.
 */
export function settingsSchema(schema: Schema): JsonSchema {
  const properties: JsonSchema = {};
  for (const [name, node] of Object.entries(schema)) {
    if (!isSetting(node)) properties[name] = settingsSchema(node);
    else if (node.secret !== true && !node.notFrom?.includes('mounted')) properties[name] = settingSchema(node);
  }
  return { type: 'object', additionalProperties: false, properties };
}

/** Returns a JSON Schema that accepts the dotted keys of secret settings. */
export function secretSettingsSchema(schema: Schema): JsonSchema {
  const keys = [...settingsOf(schema)].filter(([, { secret }]) => secret === true).map(([key]) => key);
  return keys.length === 0 ? { not: {} } : { enum: keys };
}

/** Makes Helm list the known names when one is unknown: it adds a pattern of them to every object without other properties. */
export function listKnownNames(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return;
  if ('additionalProperties' in schema && schema.additionalProperties === false && 'properties' in schema) {
    const names = Object.keys(Object(schema.properties));
    Object.assign(schema, { propertyNames: { pattern: `^(${names.join('|')})$` } });
  }
  for (const inner of Object.values(schema)) listKnownNames(inner);
}

/** Derives the JSON Schema from the type name that the configuration reference shows. */
function settingSchema({ format: { type } }: Setting): JsonSchema {
  const [, words] = /^one of (.+)$/.exec(type) ?? [];
  if (words !== undefined) return { enum: words.split(', ') };
  if (type === 'boolean') return { type };
  if (/^(integer|port)/.test(type)) return { type: 'integer' };
  if (type.startsWith('number')) return { type: 'number' };
  if (type.startsWith('duration')) return { $ref: '#/definitions/duration' };
  if (type.startsWith('byte size')) return { type: 'string', pattern: '^[0-9]+(B|KiB|MiB|GiB)$' };
  if (type.startsWith('list')) return { type: 'array', items: { type: 'string', minLength: 1 } };
  if (/^(string|URL)/.test(type)) return { type: 'string', minLength: 1 };
  throw new Error(`no JSON Schema for the type ${type}`);
}
