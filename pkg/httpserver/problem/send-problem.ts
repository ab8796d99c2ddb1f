import { trace } from '@opentelemetry/api';
import type { FastifyReply } from 'fastify';
import { exchangeOf } from '../exchange/exchange.ts';
import { isValidHeader } from './error-headers.ts';
import { PROBLEM_CONTENT_TYPE, type ProblemOptions, problemDocument } from './problem.ts';

/**
 * Responds with a problem document (RFC 9457). If sending a response has already failed or hangs, for example in an
 * `onSend` hook, the document is written without running the hooks again.
 */
export function sendProblem(reply: FastifyReply, problem: ProblemOptions): FastifyReply {
  const { request, raw } = reply;
  if (raw.headersSent) {
    if (!raw.writableEnded) raw.destroy();
    return reply;
  }
  const traceId = trace.getActiveSpan()?.spanContext().traceId;
  const exchange = exchangeOf(request.raw);
  if (exchange) exchange.problem = problem.code;
  reply.code(problem.status);
  for (const [name, value] of Object.entries(problem.headers ?? {})) {
    if (isValidHeader(name, value)) reply.header(name, value);
  }
  // As bytes: for a string Fastify adds a charset parameter, which this media type does not have.
  const body = Buffer.from(JSON.stringify(problemDocument(problem, request.id, traceId)));
  if (!exchange?.isSending) return reply.type(PROBLEM_CONTENT_TYPE).send(body);
  reply.hijack();
  reply.headers({ 'content-type': PROBLEM_CONTENT_TYPE, 'content-length': String(body.length) });
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.end(body);
  return reply;
}
