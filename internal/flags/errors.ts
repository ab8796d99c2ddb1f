import { ProblemError } from '../../pkg/httpserver/problem/problem.ts';

export function flagNotFound(key: string): ProblemError {
  return new ProblemError({ status: 404, code: 'flag_not_found', detail: `There is no flag "${key}".` });
}

export function preconditionFailed(key: string): ProblemError {
  return new ProblemError({
    status: 412,
    code: 'precondition_failed',
    detail: `Flag "${key}" is not in the state that the request's preconditions name. Read it again.`,
  });
}

export function preconditionRequired(key: string): ProblemError {
  return new ProblemError({
    status: 428,
    code: 'precondition_required',
    detail: `Flag "${key}" exists. Changing it needs If-Match with the entity tag of the state you know.`,
  });
}

export function flagLimitReached(): ProblemError {
  return new ProblemError({
    status: 409,
    code: 'flag_limit_reached',
    detail: 'The store holds as many flags as it may. Delete one first.',
  });
}

/** The flag changed under every attempt to write it, although the preconditions held each time. */
export function flagContended(key: string): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'flag_contended',
    detail: `Flag "${key}" is being written by too many at once. Try again.`,
    headers: { 'retry-after': '1' },
  });
}

export function invalidCursor(): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'validation_failed',
    detail: 'The cursor is not valid.',
    errors: [{ in: 'query', pointer: '/cursor', message: 'must be the nextCursor of an earlier page' }],
  });
}

export function expiryNotInFuture(): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'validation_failed',
    detail: 'The expiry is not valid.',
    errors: [{ in: 'body', pointer: '/expiresAt', message: 'must be an instant in the future' }],
  });
}
