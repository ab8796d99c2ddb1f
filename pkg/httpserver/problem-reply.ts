import { trace } from '@opentelemetry/api';
import type { FastifyReply } from 'fastify';
import { PROBLEM_CONTENT_TYPE, type ProblemDocument, type ProblemOptions, titleOf } from './problem.ts';

/** Answers with a problem document (RFC 9457). */
export function sendProblem(reply: FastifyReply, problem: ProblemOptions): FastifyReply {
  const traceId = trace.getActiveSpan()?.spanContext().traceId;
  const document = problemDocument(problem, reply.request.id, traceId);
  return (
    reply
      .code(problem.status)
      .headers(problem.headers ?? {})
      .header('x-request-id', reply.request.id)
      .type(PROBLEM_CONTENT_TYPE)
      // As bytes: to a string Fastify would add a charset, which the media type does not have.
      .send(Buffer.from(JSON.stringify(document)))
  );
}

export function problemDocument(problem: ProblemOptions, requestId: string, traceId?: string): ProblemDocument {
  return {
    type: 'about:blank',
    title: titleOf(problem.status),
    status: problem.status,
    code: problem.code,
    ...(problem.detail !== undefined && { detail: problem.detail }),
    requestId,
    ...(traceId !== undefined && { traceId }),
    ...(problem.errors && { errors: problem.errors }),
  };
}
