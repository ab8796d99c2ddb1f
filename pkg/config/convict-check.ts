import convict from 'convict';
import { isOptional, isSetting, type Schema } from './schema.ts';

/**
 * Holds merged values against the schema once more, as a whole, with convict: every value by its format, nothing
 * missing, nothing that the schema does not have. Returns them nested, as a copy.
 *
 * That is all convict does here. Its own layers keep no origins, its own formats coerce ("0" is `true`, "80.9" a port),
 * and it would read `process.env` and `process.argv` by itself; so it is handed ready values, formats as functions
 * (no format is registered: its registry is global), `null` as every default (a string is then coerced by no type), and
 * empty `env` and `args`.
 *
 * @throws Error when a value does not fit: a fault of the code that parsed it, no longer the operator's.
 */
export function checkWithConvict(schema: Schema, values: ReadonlyMap<string, unknown>): object {
  const model = convict(definition(schema), { env: {}, args: [] });
  for (const [key, value] of values) model.set(key, value ?? null);
  return model.validate({ allowed: 'strict' }).getProperties();
}

type Definition = { [name: string]: convict.SchemaObj<unknown> | Definition };

function definition(schema: Schema): Definition {
  const result: Definition = {};
  for (const [name, node] of Object.entries(schema)) {
    result[name] = isSetting(node)
      ? {
          default: null,
          nullable: isOptional(node),
          format: (value: unknown): void => {
            if (!node.format.is(value)) throw new TypeError(`must be ${node.format.expected}`);
          },
          sensitive: node.secret === true,
        }
      : definition(node);
  }
  return result;
}
