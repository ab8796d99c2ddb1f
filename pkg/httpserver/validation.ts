import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import { Ajv, type AnySchema, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyServerOptions } from 'fastify';
import type { InvalidField } from './problem.ts';

/**
 * Two validators. A body says its types itself and is taken at its word: `"true"` is not a boolean. A query, a path and
 * headers are text, so they are converted. Both report every fault, not the first.
 */
export const schemaController: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: {
    buildValidator(externalSchemas: unknown) {
      let strict: Ajv | undefined;
      let converting: Ajv | undefined;
      return (definition: unknown) => {
        const { schema, httpPart } = routeSchemaOf(definition);
        if (httpPart === 'body') {
          strict ??= createAjv({ coerceTypes: false }, externalSchemas);
          return strict.compile(schema);
        }
        converting ??= createAjv({ coerceTypes: 'array' }, externalSchemas);
        return converting.compile(schema);
      };
    },
    /** Most answers of most routes have the schema of errors: it is compiled once. */
    buildSerializer(externalSchemas, options) {
      const compile = SerializerSelector()(externalSchemas, options);
      const compiled = new Map<unknown, ReturnType<typeof compile>>();
      return (definition) => {
        const known = compiled.get(definition.schema);
        if (known !== undefined) return known;
        const serialize = compile(definition);
        compiled.set(definition.schema, serialize);
        return serialize;
      };
    },
  },
};

/** Fastify's type says that a compiler is given the schema itself; it is given the schema and where it belongs. */
function routeSchemaOf(definition: unknown): { schema: AnySchema; httpPart: unknown } {
  if (typeof definition !== 'object' || definition === null || !('schema' in definition)) {
    throw new TypeError('expected the definition of a route schema');
  }
  return {
    schema: definition.schema as AnySchema,
    httpPart: 'httpPart' in definition ? definition.httpPart : undefined,
  };
}

function createAjv(options: { coerceTypes: boolean | 'array' }, externalSchemas: unknown): Ajv {
  const ajv = new Ajv({
    ...options,
    useDefaults: true,
    removeAdditional: false,
    allErrors: true,
    // Types and strict mode see to it that a schema is one. To compile the schema of schemas took half of every start.
    validateSchema: false,
    meta: false,
  });
  addFormats.default(ajv);
  if (typeof externalSchemas === 'object' && externalSchemas !== null) {
    for (const schema of Object.values(externalSchemas)) ajv.addSchema(schema);
  }
  return ajv;
}

const PARTS: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' };

/** A body of a megabyte can hold a hundred thousand faults. */
const MAX_REPORTED = 100;

export function invalidFields(errors: readonly Partial<ErrorObject>[], context: string | undefined): InvalidField[] {
  return errors.slice(0, MAX_REPORTED).map((error) => ({
    in: PARTS[context ?? ''] ?? 'body',
    pointer: pointerOf(error),
    message: error.message ?? 'is invalid',
  }));
}

/** Ajv points at the object that lacks a property or has one too many; the reader wants the property. */
function pointerOf({ instancePath = '', params }: Partial<ErrorObject>): string {
  const property: unknown = params?.missingProperty ?? params?.additionalProperty;
  return typeof property === 'string'
    ? `${instancePath}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`
    : instancePath;
}
