import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyServerOptions } from 'fastify';
import { isDateTime } from './date-time.ts';
import { useDecimalMultipleOf } from './multiple-of.ts';
import { createTextConverter } from './text-values.ts';

type ValidatorCompiler = (definition: unknown) => ValidateFunction;
type SerializerCompiler = ReturnType<ReturnType<typeof SerializerSelector>>;

/**
 * Creates the compilers of validators and serializers. JSON has types, so nothing in a body is converted: `"true"` is not
 * a boolean. Query, path and headers consist of strings, which are converted first. All invalid fields are reported, not
 * just the first.
 */
export function createSchemaController() {
  // Fastify builds a compiler for every route whose plugin adds shared schemas.
  const validators = new Map<string, ValidatorCompiler>();
  const serializers = new Map<string, SerializerCompiler>();
  const selectSerializer = SerializerSelector();
  return {
    compilersFactory: {
      buildValidator: (shared: unknown) => onceForEach(shared, validators, () => createValidatorCompiler(shared)),
      buildSerializer: (...args: Parameters<typeof selectSerializer>) =>
        onceForEach(args, serializers, () => createSerializerCompiler(selectSerializer(...args))),
    },
  } satisfies FastifyServerOptions['schemaController'];
}

function createValidatorCompiler(externalSchemas: unknown): ValidatorCompiler {
  const compile = createCompiler(externalSchemas);
  const resolve = (reference: string) => sharedSchema(externalSchemas, reference);
  return (definition: unknown) => {
    const { schema, httpPart } = routeSchemaOf(definition);
    const validate = compile(schema);
    return httpPart === 'body' ? validate : convertingFirst(validate, createTextConverter(schema, resolve));
  };
}

function createSerializerCompiler(compile: SerializerCompiler): SerializerCompiler {
  const serializers = new Map<string, ReturnType<SerializerCompiler>>();
  return (definition) => onceForEach(definition.schema, serializers, () => compile(definition));
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

function createCompiler(externalSchemas: unknown): (schema: AnySchema) => ValidateFunction {
  let ajv: Ajv | undefined;
  const validators = new Map<string, ValidateFunction>();
  return (schema) => {
    ajv ??= createAjv(externalSchemas);
    return onceForEach(schema, validators, ajv.compile.bind(ajv, schema));
  };
}

/**
 * Compiles equal schemas once: most responses of most routes share the error schema, and a HEAD route has copies of the
 * schemas of its GET route.
 */
function onceForEach<Compiled>(schema: unknown, known: Map<string, Compiled>, compile: () => Compiled): Compiled {
  const text = JSON.stringify(schema);
  const compiled = known.get(text) ?? compile();
  known.set(text, compiled);
  return compiled;
}

/**
 * According to its type, Fastify passes only the schema. In fact it passes an object with the schema and the part of
 * the request that it applies to.
 */
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
    // TypeScript and strict mode already check the schemas. Compiling the meta-schema took half of every start.
    validateSchema: false,
    meta: false,
  });
  addFormats.default(ajv);
  // The package's own format accepts any whitespace for the T, offsets without a colon and fractions of any length.
  ajv.addFormat('date-time', isDateTime);
  useDecimalMultipleOf(ajv);
  if (typeof externalSchemas === 'object' && externalSchemas !== null) {
    for (const schema of Object.values(externalSchemas)) ajv.addSchema(schema);
  }
  return ajv;
}
