import { ProblemError } from '../../pkg/httpserver/problem/problem.ts';

export function flagNotFound(key: string): ProblemError {
  return new ProblemError({ status: 404, code: 'flag_not_found', detail: `Flag "${key}" does not exist.` });
}

export function preconditionFailed(key: string): ProblemError {
  return new ProblemError({
    status: 412,
    code: 'precondition_failed',
    detail: `The preconditions do not match the current state of flag "${key}". Read it again.`,
  });
}

export function preconditionRequired(key: string): ProblemError {
  return new ProblemError({
    status: 428,
    code: 'precondition_required',
    detail: `Flag "${key}" already exists. To change it, send If-Match with its current entity tag.`,
  });
}

export function flagLimitReached(): ProblemError {
  return new ProblemError({
    status: 409,
    code: 'flag_limit_reached',
    detail: 'The maximum number of flags has been reached. Delete one first.',
  });
}

/** Each attempt to write the flag lost a race with another write, although its preconditions were met. */
export function flagContended(key: string): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'flag_contended',
    detail: `Too many concurrent writes to flag "${key}". Try again.`,
    headers: { 'retry-after': '1' },
  });
}

export function invalidCursor(): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'validation_failed',
    detail: 'The cursor is invalid.',
    errors: [{ in: 'query', pointer: '/cursor', message: 'must be the nextCursor of a previous page' }],
  });
}

export function expiryNotInFuture(): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'validation_failed',
    detail: 'The expiry is invalid.',
    errors: [{ in: 'body', pointer: '/expiresAt', message: 'must be in the future' }],
  });
}
