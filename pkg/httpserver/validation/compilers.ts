import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import { _, Ajv, type AnySchema, type CodeKeywordDefinition, type CodeOptions, str, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { isDateTime } from './date-time.ts';
import { isMultipleOf } from './multiple-of.ts';

export type Serializer = ReturnType<ReturnType<ReturnType<typeof SerializerSelector>>>;

/** Each function takes the shared schemas, by `$id`, and returns a compiler of schemas that may refer to them. */
export interface Compilers {
  createValidatorCompiler(shared: unknown): (schema: AnySchema) => ValidateFunction;
  createSerializerCompiler(shared: unknown): (schema: object) => Serializer;
}

/**
 * Ajv and fast-json-stringify. In the production build, another module takes the place of this one, see
 * `createPrecompiledCompilers`.
 */
export const compilers: Compilers = {
  createValidatorCompiler(shared) {
    let ajv: Ajv | undefined;
    return (schema) => {
      ajv ??= createAjv(shared);
      return ajv.compile(schema);
    };
  },
  createSerializerCompiler(shared) {
    const compile = SerializerSelector()(shared, {});
    // Only used by Fastify for messages.
    return (schema) => compile({ schema, method: '', url: '', httpStatus: '' });
  },
};

/** Replaces Ajv's keyword. The message is the same. */
const multipleOf: CodeKeywordDefinition = {
  keyword: 'multipleOf',
  type: 'number',
  schemaType: 'number',
  error: { message: ({ schemaCode }) => str`must be multiple of ${schemaCode}` },
  code(context) {
    const { gen, data, schemaCode } = context;
    const code = _`require("./multiple-of.ts").isMultipleOf`;
    context.fail(_`!${gen.scopeValue('func', { ref: isMultipleOf, code })}(${data}, ${schemaCode})`);
  },
};

/** @param code Default: for validators that are only used in this process. */
export function createAjv(shared: unknown, code: CodeOptions = {}): Ajv {
  const ajv = new Ajv({
    useDefaults: true,
    removeAdditional: false,
    allErrors: true,
    // TypeScript and strict mode already check the schemas. Compiling the meta-schema took half of every start.
    validateSchema: false,
    meta: false,
    code,
  });
  addFormats.default(ajv);
  // The package's own format accepts any whitespace for the T, offsets without a colon and fractions of any length.
  ajv.addFormat('date-time', isDateTime);
  ajv.removeKeyword('multipleOf').addKeyword(multipleOf);
  if (typeof shared === 'object' && shared !== null) {
    for (const schema of Object.values(shared)) ajv.addSchema(schema);
  }
  return ajv;
}
