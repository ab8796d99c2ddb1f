import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import { Ajv, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyServerOptions } from 'fastify';
import type { InvalidField } from '../problem/problem.ts';
import { isDateTime } from './date-time.ts';
import { createTextConverter } from './text-values.ts';

/**
 * A body has types, so nothing in it is converted: `"true"` is not a boolean. A query, a path and headers are texts and
 * are converted first. Every fault is reported, not the first.
 */
export const schemaController: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: {
    buildValidator(externalSchemas: unknown) {
      const compile = createCompiler(externalSchemas);
      const resolve = (reference: string) => sharedSchema(externalSchemas, reference);
      return (definition: unknown) => {
        const { schema, httpPart } = routeSchemaOf(definition);
        const validate = compile(schema);
        return httpPart === 'body' ? validate : convertingFirst(validate, createTextConverter(schema, resolve));
      };
    },
    buildSerializer(externalSchemas, options) {
      const compile = SerializerSelector()(externalSchemas, options);
      const serializers = new Map<string, ReturnType<typeof compile>>();
      return (definition) => onceForEach(definition.schema, serializers, () => compile(definition));
    },
  },
};

function convertingFirst(validate: ValidateFunction, convert: (data: unknown) => void): ValidateFunction {
  function validateTexts(data: unknown): data is unknown {
    convert(data);
    const isValid = validate(data);
    converting.errors = validate.errors ?? null;
    return isValid;
  }
  const { schema, schemaEnv } = validate;
  const converting: ValidateFunction = Object.assign(validateTexts, { schema, schemaEnv });
  return converting;
}

function sharedSchema(externalSchemas: unknown, reference: string): unknown {
  if (typeof externalSchemas !== 'object' || externalSchemas === null) return undefined;
  return Object.entries(externalSchemas).find(([id]) => id === reference.replace(/#$/, ''))?.[1];
}

function createCompiler(externalSchemas: unknown): (schema: AnySchema) => ValidateFunction {
  let ajv: Ajv | undefined;
  const validators = new Map<string, ValidateFunction>();
  return (schema) => {
    ajv ??= createAjv(externalSchemas);
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

function createAjv(externalSchemas: unknown): Ajv {
  const ajv = new Ajv({
    useDefaults: true,
    removeAdditional: false,
    allErrors: true,
    // Types and strict mode see to it that a schema is one. To compile the schema of schemas took half of every start.
    validateSchema: false,
    meta: false,
  });
  addFormats.default(ajv);
  // The package's own accepts any whitespace for the T, offsets without a colon and fractions of any length.
  ajv.addFormat('date-time', isDateTime);
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
