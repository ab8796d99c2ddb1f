import { ProblemError } from '../problem/problem.ts';
import { type EntityTags, matchesStrongly, matchesWeakly, parseEntityTags } from './entity-tag.ts';

/** The conditions under which a request is to be carried out (RFC 9110 §13.1). */
export interface Preconditions {
  ifMatch: EntityTags | undefined;
  ifNoneMatch: EntityTags | undefined;
}

/** The `maxLength` of both headers in a route's schema: enough for about forty entity tags. */
export const MAX_ENTITY_TAGS_LENGTH = 4096;

/** Parses the preconditions of a request. Throws a 422 problem that lists each malformed header. */
export function parsePreconditions(headers: {
  'if-match'?: string | undefined;
  'if-none-match'?: string | undefined;
}): Preconditions {
  const malformed: string[] = [];
  function parse(name: 'if-match' | 'if-none-match'): EntityTags | undefined {
    const value = headers[name];
    if (value === undefined) return undefined;
    const tags = parseEntityTags(value);
    if (tags === undefined) malformed.push(name);
    return tags;
  }
  const preconditions = { ifMatch: parse('if-match'), ifNoneMatch: parse('if-none-match') };
  if (malformed.length > 0) throw malformedPreconditions(malformed);
  return preconditions;
}

/**
 * Evaluates preconditions in the order of RFC 9110 §13.2.2. `current` is the opaque value of the current
 * representation's strong entity tag, undefined if there is none. If `If-Match` fails, respond with 412. If
 * `If-None-Match` fails, respond with 304 to GET and HEAD, and with 412 to other methods.
 */
export function evaluatePreconditions(
  { ifMatch, ifNoneMatch }: Preconditions,
  current: string | undefined,
): 'met' | 'if-match-failed' | 'if-none-match-failed' {
  const present = current !== undefined;
  if (ifMatch !== undefined && !(present && (ifMatch === '*' || matchesStrongly(ifMatch, current)))) {
    return 'if-match-failed';
  }
  if (ifNoneMatch !== undefined && present && (ifNoneMatch === '*' || matchesWeakly(ifNoneMatch, current))) {
    return 'if-none-match-failed';
  }
  return 'met';
}

function malformedPreconditions(names: string[]): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'validation_failed',
    detail: 'A precondition of the request is malformed.',
    errors: names.map((name) => ({
      in: 'headers',
      pointer: `/${name}`,
      message: 'must be * or a list of quoted entity tags (RFC 9110 §8.8.3)',
    })),
  });
}
