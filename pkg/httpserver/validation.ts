import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import { Ajv, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv';
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
      const compileStrict = createCompiler({ coerceTypes: false }, externalSchemas);
      const compileConverting = createCompiler({ coerceTypes: 'array' }, externalSchemas);
      return (definition: unknown) => {
        const { schema, httpPart } = routeSchemaOf(definition);
        return httpPart === 'body' ? compileStrict(schema) : compileConverting(schema);
      };
    },
    buildSerializer(externalSchemas, options) {
      const compile = SerializerSelector()(externalSchemas, options);
      const serializers = new Map<string, ReturnType<typeof compile>>();
      return (definition) => onceForEach(definition.schema, serializers, () => compile(definition));
    },
  },
};

function createCompiler(options: AjvOptions, externalSchemas: unknown): (schema: AnySchema) => ValidateFunction {
  let ajv: Ajv | undefined;
  const validators = new Map<string, ValidateFunction>();
  return (schema) => {
    ajv ??= createAjv(options, externalSchemas);
    return onceForEach(schema, validators, ajv.compile.bind(ajv, schema));
  };
}

/**
 * Schemas that say the same are compiled once: most answers of most routes have the schema of errors, and a route for
 * HEAD has copies of the schemas of that for GET.
 */
function onceForEach<Compiled>(schema: unknown, known: Map<string, Compiled>, compile: () => Compiled): Compiled {
  const text = JSON.stringify(schema);
  const compiled = known.get(text) ?? compile();
  known.set(text, compiled);
  return compiled;
}

type AjvOptions = { coerceTypes: boolean | 'array' };

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

function createAjv(options: AjvOptions, externalSchemas: unknown): Ajv {
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
