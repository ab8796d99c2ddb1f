import type { FastifyReply, FastifyRequest } from 'fastify';
import { removeUnusableHeaders } from './error-headers.ts';
import { invalidFields } from './invalid-fields.ts';
import { createOutageLog } from './outage-log.ts';
import { ProblemError, type ProblemOptions } from './problem.ts';
import { sendProblem } from './send-problem.ts';
import { BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE } from './server-problems.ts';

/** Fastify's own errors that a client can cause, by their code. */
const FRAMEWORK_PROBLEMS: Record<string, ProblemOptions> = {
  FST_ERR_BAD_URL: { status: 400, code: 'malformed_url', detail: 'The path is not a valid URL path.' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, code: 'path_segment_too_long' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: UNSUPPORTED_MEDIA_TYPE,
  FST_ERR_CTP_BODY_TOO_LARGE: BODY_TOO_LARGE,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'malformed_body',
    detail: 'The body is not as long as its Content-Length.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, code: 'malformed_json', detail: 'The body is empty.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, code: 'malformed_json', detail: 'The body is not valid JSON.' },
};

const INTERNAL_ERROR: ProblemOptions = { status: 500, code: 'internal_error' };

const BODY_INCOMPLETE: ProblemOptions = { status: 400, code: 'body_incomplete' };

/** Statuses of a dependency that is unavailable: thrown on purpose, not a bug in this program. */
const UNAVAILABLE = [502, 503, 504];

/**
 * Creates the function that turns whatever was thrown into a problem document. It decides what a client may see: a
 * {@link ProblemError} and Fastify's own rejections are sent as they are, everything else as a 500 without detail.
 */
export function createErrorHandler(): (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const outages = createOutageLog();

  return (error, { log, raw }, reply) => {
    // The client disconnected or was disconnected while sending its body: Node reports an error of the request's stream.
    const problem = error === raw.errored && raw.errored !== null ? BODY_INCOMPLETE : problemOf(error);
    if (UNAVAILABLE.includes(problem.status)) logSafely(error, (err) => outages.failed(problem.code, err, log));
    else if (problem.status >= 500) logSafely(error, (err) => log.error({ err }, 'request failed'));
    removeUnusableHeaders(reply);
    return sendProblem(reply, problem);
  };
}

function problemOf(error: unknown): ProblemOptions {
  try {
    return error instanceof Error ? problemOfError(error) : INTERNAL_ERROR;
  } catch {
    // A getter or a proxy threw.
    return INTERNAL_ERROR;
  }
}

function problemOfError(error: Error): ProblemOptions {
  if (error instanceof ProblemError) {
    const { status, code, message, headers, errors } = error;
    if (!Number.isInteger(status) || status < 400 || status > 599) return INTERNAL_ERROR;
    return { status, code, detail: message, headers, ...(errors && { errors }) };
  }
  if ('validation' in error && Array.isArray(error.validation)) {
    const context = 'validationContext' in error ? String(error.validationContext) : undefined;
    return {
      status: 422,
      code: 'validation_failed',
      detail: 'The request does not match the schema of the route.',
      errors: invalidFields(error.validation, context),
    };
  }
  const code = 'code' in error ? String(error.code) : '';
  const known = FRAMEWORK_PROBLEMS[code];
  if (known) return known;
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  if (!(status >= 400 && status < 500)) return INTERNAL_ERROR;
  // A syntax error with a status comes from the JSON parser, and its message quotes the input: leave it out.
  if (error instanceof SyntaxError && status === 400) {
    return { status, code: 'malformed_json', detail: 'The body is not valid JSON.' };
  }
  // The status of any other error may come from another service, and its message may be internal.
  return code.startsWith('FST_') ? { status, code: 'request_refused', detail: error.message } : INTERNAL_ERROR;
}

/** Reading or logging what was thrown may throw again: a frozen error, a getter, a proxy. */
function logSafely(error: unknown, log: (err: unknown) => void): void {
  try {
    log(error);
  } catch {
    log({ message: 'the error cannot be logged', type: typeof error, stack: stackOf(error) });
  }
}

function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? String(error.stack) : undefined;
  } catch {
    return undefined;
  }
}
