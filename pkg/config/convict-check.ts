import convict from 'convict';
import { isOptional, isSetting, type Schema, settingsOf } from './schema.ts';

/** The default of every setting. With `null`, convict would compare the name of each setting with those of all others. */
const UNSET = Symbol('unset');

/**
 * Validates the merged values with convict as a final check: every value matches its format, no required value is
 * missing and there are no unknown keys. Returns the values as a nested copy.
 *
 * Convict does nothing else here. Its own layers do not track origins, its built-in formats coerce values ("0" becomes
 * `true`, "80.9" a port), and by default it reads `process.env` and `process.argv`. It therefore receives parsed
 * values, formats as functions (its format registry is global), a symbol as every default (whose type triggers no
 * coercion), and empty `env` and `args`.
 *
 * @param missing required settings that have no value, which has been reported.
 * @throws Error when a value does not match its format, which means that the code that parsed it has a bug.
 */
export function checkWithConvict(
  schema: Schema,
  values: ReadonlyMap<string, unknown>,
  missing: readonly string[] = [],
): object {
  const unset = [...settingsOf(schema)].filter(([key, setting]) => isOptional(setting) || missing.includes(key));
  const nullable = new Set(unset.map(([key]) => key));
  const model = convict(definition(schema, nullable), { env: {}, args: [] });
  for (const key of nullable) model.set(key, null);
  for (const [key, value] of values) model.set(key, value ?? null);
  return model.validate({ allowed: 'strict' }).getProperties();
}

type Definition = { [name: string]: convict.SchemaObj<unknown> | Definition };

function definition(schema: Schema, nullable: ReadonlySet<string>, prefix = ''): Definition {
  const result: Definition = {};
  for (const [name, node] of Object.entries(schema)) {
    const key = prefix + name;
    result[name] = isSetting(node)
      ? {
          default: UNSET,
          nullable: nullable.has(key),
          format: (value: unknown): void => {
            if (!node.format.is(value)) throw new TypeError(`must be ${node.format.expected}`);
          },
          sensitive: node.secret === true,
        }
      : definition(node, nullable, `${key}.`);
  }
  return result;
}
