import type { ValidateFunction } from 'ajv';
import { compilers, type Serializer } from './compilers.ts';
import type { RouteSchema } from './precompiled.ts';
import { createTextConverter } from './text-values.ts';

type ValidatorCompiler = (definition: unknown) => ValidateFunction;
type SerializerCompiler = (definition: { schema?: unknown }) => Serializer;

/**
 * Creates the compilers of validators and serializers. JSON has types, so nothing in a body is converted: `"true"` is not
 * a boolean. Query, path and headers consist of strings, which are converted first. All invalid fields are reported, not
 * just the first. Equal schemas are compiled once: most responses of most routes share the error schema, and a HEAD route
 * has copies of the schemas of its GET route.
 */
export function createSchemaController() {
  const schemas: RouteSchema[] = [];
  // Fastify builds a compiler for every route whose plugin adds shared schemas.
  const validators = new Map<string, ValidatorCompiler>();
  const serializers = new Map<string, SerializerCompiler>();

  /** Compiles each schema once, and records it. */
  function once<Compiled>(kind: RouteSchema['kind'], shared: string, compile: (schema: object) => Compiled) {
    const known = new Map<string, Compiled>();
    return (schema: unknown) =>
      onceForEach(schema, known, (text) => {
        schemas.push({ kind, schema: text, shared });
        return compile(schema as object);
      });
  }

  return {
    /** The schemas compiled so far. */
    schemas: schemas as readonly RouteSchema[],
    compilersFactory: {
      buildValidator: (shared: unknown) =>
        onceForEach(shared, validators, (text) => {
          const compile = once('validator', text, compilers.createValidatorCompiler(shared));
          return createValidatorCompiler(compile, (reference) => sharedSchema(shared, reference));
        }),
      buildSerializer: (shared: unknown) =>
        onceForEach(shared, serializers, (text) => {
          const compile = once('serializer', text, compilers.createSerializerCompiler(shared));
          return ({ schema }) => compile(schema);
        }),
    },
  };
}

function createValidatorCompiler(
  compile: (schema: unknown) => ValidateFunction,
  resolve: (reference: string) => unknown,
): ValidatorCompiler {
  return (definition) => {
    const { schema, httpPart } = routeSchemaOf(definition);
    const validate = compile(schema);
    return httpPart === 'body' ? validate : convertingFirst(validate, createTextConverter(schema, resolve));
  };
}

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

function onceForEach<Compiled>(
  schema: unknown,
  known: Map<string, Compiled>,
  compile: (text: string) => Compiled,
): Compiled {
  const text = JSON.stringify(schema);
  const compiled = known.get(text) ?? compile(text);
  known.set(text, compiled);
  return compiled;
}

/**
 * According to its type, Fastify passes only the schema. In fact it passes an object with the schema and the part of
 * the request that it applies to.
 */
function routeSchemaOf(definition: unknown): { schema: unknown; httpPart: unknown } {
  if (typeof definition !== 'object' || definition === null || !('schema' in definition)) {
    throw new TypeError('expected the definition of a route schema');
  }
  return { schema: definition.schema, httpPart: 'httpPart' in definition ? definition.httpPart : undefined };
}
