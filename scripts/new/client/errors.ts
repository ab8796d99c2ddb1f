import { ProblemError } from '../../../pkg/httpserver/problem/problem.ts';

export function sampleThingUnavailable(cause: Error): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'sample_thing_unavailable',
    detail: 'The sample thing service is unavailable. Try again later.',
    headers: { 'retry-after': '5' },
    cause,
  });
}

/** The status is only logged, because clients of this service have no use for it. */
export function sampleThingUnexpected(status: number): ProblemError {
  return new ProblemError({
    status: 502,
    code: 'sample_thing_unexpected',
    detail: 'The sample thing service returned an unexpected response.',
    cause: new Error(`unexpected response with status ${status}`),
  });
}
