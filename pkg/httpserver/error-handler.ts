import type { FastifyReply, FastifyRequest } from 'fastify';
import { UNSUPPORTED_MEDIA_TYPE } from './media-type.ts';
import { ProblemError, type ProblemOptions } from './problem.ts';
import { sendProblem } from './problem-reply.ts';
import { invalidFields } from './validation.ts';

/** Fastify's own errors that a client can meet, by their code. */
const FRAMEWORK_PROBLEMS: Record<string, ProblemOptions> = {
  FST_ERR_BAD_URL: { status: 400, code: 'malformed_url', detail: 'The path is not a valid URL path.' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, code: 'path_segment_too_long' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: UNSUPPORTED_MEDIA_TYPE,
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'body_too_large' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'malformed_body',
    detail: 'The body is not as long as its Content-Length.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, code: 'malformed_json', detail: 'The body is empty.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, code: 'malformed_json', detail: 'The body is not valid JSON.' },
};

/**
 * Turns whatever was thrown into a problem document. What a client may know is decided here: a {@link ProblemError} and
 * Fastify's refusals as they are, other errors by their 4xx status, everything else as a 500 that says nothing.
 */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error);
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
  return sendProblem(reply, problem);
}

function problemOf(error: unknown): ProblemOptions {
  if (error instanceof ProblemError) {
    const { status, code, message, headers, errors } = error;
    return { status, code, detail: message, headers, ...(errors && { errors }) };
  }
  if (!(error instanceof Error)) return INTERNAL_ERROR;
  if ('validation' in error && Array.isArray(error.validation)) {
    const context = 'validationContext' in error ? String(error.validationContext) : undefined;
    return {
      status: 422,
      code: 'validation_failed',
      detail: 'The request does not match the schema of the route.',
      errors: invalidFields(error.validation, context),
    };
  }
  const known = 'code' in error ? FRAMEWORK_PROBLEMS[String(error.code)] : undefined;
  if (known) return known;
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  // A syntax error with a status comes from the JSON parser, and its message quotes the input: leave it out.
  if (error instanceof SyntaxError && status === 400) {
    return { status, code: 'malformed_json', detail: 'The body is not valid JSON.' };
  }
  return status >= 400 && status < 500 ? { status, code: 'request_refused', detail: error.message } : INTERNAL_ERROR;
}

const INTERNAL_ERROR: ProblemOptions = { status: 500, code: 'internal_error' };
