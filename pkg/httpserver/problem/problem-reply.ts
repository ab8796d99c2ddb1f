import { trace } from '@opentelemetry/api';
import type { FastifyReply } from 'fastify';
import { hasBegunToSend, noteProblem } from '../exchange/exchange.ts';
import { isValidHeader } from './error-headers.ts';
import { PROBLEM_CONTENT_TYPE, type ProblemDocument, type ProblemOptions, titleOf } from './problem.ts';

/**
 * Responds with a problem document (RFC 9457). When sending a response has failed already, in an `onSend` hook say, or
 * hangs there, the document is written without asking the hooks again.
 */
export function sendProblem(reply: FastifyReply, problem: ProblemOptions): FastifyReply {
  const { request, raw } = reply;
  if (raw.headersSent) {
    if (!raw.writableEnded) raw.destroy();
    return reply;
  }
  const traceId = trace.getActiveSpan()?.spanContext().traceId;
  noteProblem(request.raw, problem.code);
  reply.code(problem.status).header('x-request-id', request.id);
  for (const [name, value] of Object.entries(problem.headers ?? {})) {
    if (isValidHeader(name, value)) reply.header(name, value);
  }
  // As bytes: to a string Fastify would add a charset, which the media type does not have.
  const body = Buffer.from(JSON.stringify(problemDocument(problem, request.id, traceId)));
  if (!hasBegunToSend(request.raw)) return reply.type(PROBLEM_CONTENT_TYPE).send(body);
  reply.hijack();
  reply.headers({ 'content-type': PROBLEM_CONTENT_TYPE, 'content-length': String(body.length) });
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.end(body);
  return reply;
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
