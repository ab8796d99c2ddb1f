import { StandaloneSerializer } from '@fastify/fast-json-stringify-compiler';
import { _ } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { createAjv } from './compilers.ts';
import { keyOf, type RouteSchema } from './precompiled.ts';

/**
 * Compiles schemas and returns the source of a CommonJS module in this folder that exports them, see `Precompiled`.
 *
 * @throws Error if a schema is invalid.
 */
export function standaloneModule(schemas: readonly RouteSchema[]): string {
  const sourcesOf = { validator: validatorSource, serializer: serializerSource };
  const sources = new Map(
    schemas.map((each) => [`exports.${each.kind}[${JSON.stringify(keyOf(each))}]`, sourcesOf[each.kind](each)]),
  );
  const lines = [...sources].toSorted().map(([name, source]) => {
    return `${name} = () => { const module = { exports: {} };\n${source}\nreturn module.exports; };`;
  });
  return ['exports.validator = {};', 'exports.serializer = {};', ...lines].join('\n');
}

function validatorSource({ schema, shared }: RouteSchema): string {
  const code = { source: true, formats: _`require("./formats.ts").formats` };
  const ajv = createAjv(JSON.parse(shared), code);
  return standaloneCode.default(ajv, ajv.compile(JSON.parse(schema)));
}

function serializerSource({ schema, shared }: RouteSchema): string {
  let source = '';
  const storeFunction = (_definition: unknown, code: string) => {
    source = code;
  };
  // Validators that choose between alternatives become part of the code, which needs no Ajv then.
  const options = { inlineValidators: true };
  const compile = StandaloneSerializer({ readMode: false, storeFunction })(JSON.parse(shared), options);
  compile({ schema: JSON.parse(schema), method: '', url: '', httpStatus: '' });
  return source;
}
