import type { ProblemOptions } from './problem.ts';

// Problems that the server responds with from more than one place.

export const OVERLOADED: ProblemOptions = {
  status: 503,
  code: 'overloaded',
  detail: 'The service is overloaded. Try again later.',
  // Long enough to reduce the load: an overload rarely lasts longer once requests are rejected.
  headers: { 'retry-after': '1' },
};

export const BODY_TOO_LARGE: ProblemOptions = { status: 413, code: 'body_too_large' };

/** Names the accepted type, as RFC 9110 §15.5.16 recommends. */
export const UNSUPPORTED_MEDIA_TYPE: ProblemOptions = {
  status: 415,
  code: 'unsupported_media_type',
  detail: 'The body must be application/json, in UTF-8.',
  headers: { accept: 'application/json' },
};
