import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fastify from 'fastify';

const TEXT = { type: 'string', minLength: 1, maxLength: 9, pattern: '^a' } as const;
const SOMETHING = {
  type: 'object',
  properties: { a: TEXT, b: { type: 'array', items: TEXT }, c: { type: 'string', format: 'date-time' } },
  required: ['a'],
  additionalProperties: false,
} as const;

/**
 * Compiles a few schemas, as a service does for each of its routes: the compilers' own code is slow when it runs for
 * the first time.
 */
export async function warmUp(): Promise<void> {
  const app = fastify();
  await app.register(import('@fastify/swagger'), { openapi: {} });
  await app.register(import('@fastify/swagger-ui'));
  const schema = { params: SOMETHING, querystring: SOMETHING, body: SOMETHING, response: { 200: SOMETHING } };
  app.put('/:a', { schema }, async () => ({ a: 'a' }));
  await app.ready();
  await app.close();
  const ajv = new Ajv({ allErrors: true });
  addFormats.default(ajv);
  ajv.compile(SOMETHING);
}
