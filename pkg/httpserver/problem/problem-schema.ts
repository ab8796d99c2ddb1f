import { Type } from 'typebox';
import { PROBLEM_CONTENT_TYPE, type ProblemDocument, titleOf } from './problem.ts';

/**
 * Schema of every error response. The `$id` makes it one shared, named type in the OpenAPI document. It is added to the
 * root Fastify instance with `addSchema`, before any route.
 */
export const problemSchema = Type.Object(
  {
    type: Type.Literal('about:blank'),
    title: Type.String({ description: 'The status phrase.', examples: ['Service Unavailable'] }),
    status: Type.Integer({ minimum: 400, maximum: 599, examples: [503] }),
    code: Type.String({
      description: 'Stable name of the error, in snake case: branch on this.',
      examples: ['overloaded'],
    }),
    detail: Type.Optional(Type.String({ description: 'Explanation of this occurrence, for people.' })),
    requestId: Type.Optional(Type.String()),
    traceId: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          in: Type.String({ description: 'Part of the request: `body`, `query`, `path` or `headers`.' }),
          pointer: Type.String({ description: 'JSON Pointer (RFC 6901) into that part; empty for all of it.' }),
          message: Type.String(),
        }),
        { description: 'Every invalid field.' },
      ),
    ),
  },
  { $id: 'Problem', title: 'Problem', description: 'Problem details (RFC 9457).' },
);

const problemReference = Type.Unsafe<ProblemDocument>(Type.Ref('Problem#'));

interface ProblemResponse {
  description: string;
  content: { [PROBLEM_CONTENT_TYPE]: { schema: typeof problemReference } };
}

/** Returns the error responses of a route, to be spread into its `schema.response`; `statuses` are 400 to 599. */
export function problemResponses<Status extends number>(...statuses: Status[]): Record<Status, ProblemResponse>;
// An overload: Object.fromEntries cannot express that the keys are exactly these statuses.
export function problemResponses(...statuses: number[]): Record<number, ProblemResponse> {
  return Object.fromEntries(statuses.map((status) => [status, problemResponse(status)]));
}

function problemResponse(status: number): ProblemResponse {
  return { description: titleOf(status), content: { [PROBLEM_CONTENT_TYPE]: { schema: problemReference } } };
}
