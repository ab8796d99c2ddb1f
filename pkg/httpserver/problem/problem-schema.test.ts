import Fastify from 'fastify';
import type { Static } from 'typebox';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { PROBLEM_CONTENT_TYPE, type ProblemDocument } from './problem.ts';
import { problemResponses, problemSchema } from './problem-schema.ts';

const fullProblem: ProblemDocument = {
  type: 'about:blank',
  title: 'Unprocessable Entity',
  status: 422,
  code: 'validation_failed',
  detail: 'The request is not valid.',
  requestId: 'r-1',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  errors: [{ in: 'body', pointer: '/enabled', message: 'must be boolean' }],
};

describe('problemSchema', () => {
  test('the schema has the same type as the problem document', () => {
    expectTypeOf<Static<typeof problemSchema>>().toEqualTypeOf<ProblemDocument>();
  });

  test('a problem is serialised with every member it has, and no other', async () => {
    const app = Fastify();
    app.addSchema(problemSchema);
    app.get('/', { schema: { response: problemResponses(422) } }, (_request, reply) =>
      reply
        .code(422)
        .type(PROBLEM_CONTENT_TYPE)
        .send(Object.assign({ stack: 'internal' }, fullProblem)),
    );

    const response = await app.inject('/');

    expect(response.headers['content-type']).toContain(PROBLEM_CONTENT_TYPE);
    expect(response.json()).toEqual(fullProblem);
  });
});

describe('problemResponses', () => {
  test('it describes each status by its phrase and refers to the one schema', () => {
    const content = { 'application/problem+json': { schema: { $ref: 'Problem#' } } };

    expect(problemResponses(404, 412)).toEqual({
      404: { description: 'Not Found', content },
      412: { description: 'Precondition Failed', content },
    });
  });
});
