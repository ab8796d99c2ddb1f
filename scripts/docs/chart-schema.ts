import type { Schema, Setting } from '../../pkg/config/schema.ts';
import { isSetting, settingsOf } from '../../pkg/config/schema.ts';

export type JsonSchema = { [key: string]: unknown };

/**
 * The settings that a mounted file may set, as JSON Schema. Secrets are not among them: the file is a ConfigMap. It is no
 * stricter than the service, which looks again, and has what a JSON Schema can say: names, types, words, units.
 */
export function settingsSchema(schema: Schema): JsonSchema {
  const properties: JsonSchema = {};
  for (const [name, node] of Object.entries(schema)) {
    if (!isSetting(node)) properties[name] = settingsSchema(node);
    else if (node.secret !== true && !node.notFrom?.includes('mounted')) properties[name] = settingSchema(node);
  }
  return { type: 'object', additionalProperties: false, properties };
}

/** The dotted keys of the settings that are secret, as JSON Schema of such a key. */
export function secretSettingsSchema(schema: Schema): JsonSchema {
  const keys = [...settingsOf(schema)].filter(([, { secret }]) => secret === true).map(([key]) => key);
  return keys.length === 0 ? { not: {} } : { enum: keys };
}

/** By the name that the reference has for the format of a setting. */
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
  throw new Error(`no JSON Schema is known for ${type}`);
}
