import { ProblemError } from '../../../pkg/httpserver/problem/problem.ts';

export function sampleThingNotFound(id: string): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'sample_thing_not_found',
    detail: `There is no sample thing with the id "${id}".`,
  });
}

export function preconditionFailed(id: string): ProblemError {
  return new ProblemError({
    status: 412,
    code: 'precondition_failed',
    detail: `The preconditions do not match the current state of the sample thing "${id}". Read it again.`,
  });
}

export function preconditionRequired(id: string): ProblemError {
  return new ProblemError({
    status: 428,
    code: 'precondition_required',
    detail: `To change the sample thing "${id}", send If-Match with its current entity tag.`,
  });
}
