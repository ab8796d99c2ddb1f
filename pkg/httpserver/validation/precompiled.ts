import { hash } from 'node:crypto';
import type { ValidateFunction } from 'ajv';
import type { Compilers, Serializer } from './compilers.ts';

/** A schema of a route. The texts are JSON. */
export interface RouteSchema {
  readonly kind: 'validator' | 'serializer';
  readonly schema: string;
  /** The schemas that it may refer to, by `$id`. */
  readonly shared: string;
}

/** Functions compiled from schemas, by {@link keyOf}. Each is created when it is first used. */
export interface Precompiled {
  readonly validator: Readonly<Record<string, () => ValidateFunction>>;
  readonly serializer: Readonly<Record<string, () => Serializer>>;
}

export function keyOf({ schema, shared }: Omit<RouteSchema, 'kind'>): string {
  return hash('sha256', `${schema}\n${shared}`, 'base64url');
}

/**
 * Returns compilers that find the function of a schema instead of compiling it.
 *
 * @param load loads the compilers for other schemas, such as those that depend on the configuration.
 */
export function createPrecompiledCompilers(precompiled: Precompiled, load: () => Compilers): Compilers {
  return {
    createValidatorCompiler(shared) {
      const find = finder(precompiled.validator, shared);
      let compile: ReturnType<Compilers['createValidatorCompiler']> | undefined;
      return (schema) => {
        const found = find(schema);
        if (found) return found();
        compile ??= load().createValidatorCompiler(shared);
        return compile(schema);
      };
    },
    createSerializerCompiler(shared) {
      const find = finder(precompiled.serializer, shared);
      return (schema) => find(schema)?.() ?? load().createSerializerCompiler(shared)(schema);
    },
  };
}

function finder<Found>(functions: Readonly<Record<string, Found>>, shared: unknown) {
  const text = JSON.stringify(shared);
  return (schema: unknown) => functions[keyOf({ schema: JSON.stringify(schema), shared: text })];
}
