import { describeError } from '../errors/describe-error.ts';

/**
 * - `CONSUL_DENIED`: the token may not do this, or is unknown to Consul. Trying again helps only with another token.
 * - `CONSUL_AWAY`: no answer: refused, reset, no route, no leader, overloaded.
 * - `CONSUL_TIMEOUT`: no answer in time. Whether a write took effect is unknown, as it is for `CONSUL_AWAY`.
 * - `CONSUL_CONFLICT`: what the call expected is no longer so; it changed nothing.
 * - `CONSUL_REFUSED`: Consul finds the call itself wrong: a value too large, a session that does not exist.
 * - `CONSUL_PROTOCOL`: the answer is not one that Consul gives.
 */
export type ConsulErrorCode =
  | 'CONSUL_DENIED'
  | 'CONSUL_AWAY'
  | 'CONSUL_TIMEOUT'
  | 'CONSUL_CONFLICT'
  | 'CONSUL_REFUSED'
  | 'CONSUL_PROTOCOL';

interface ConsulErrorOptions {
  code: ConsulErrorCode;
  /** What was being done, in words: `register service orders`. */
  operation: string;
  /** HTTP status of the answer, if there was one. */
  status?: number | undefined;
  cause?: unknown;
}

/** The one error that calls to Consul fail with, but for an abort that their caller asked for. */
export class ConsulError extends Error {
  readonly code: ConsulErrorCode;
  readonly operation: string;
  readonly status: number | undefined;

  constructor(what: string, { code, operation, status, cause }: ConsulErrorOptions) {
    super(`consul: ${operation}: ${what}`, { cause });
    this.name = 'ConsulError';
    this.code = code;
    this.operation = operation;
    this.status = status;
  }
}

export function isConsulError(error: unknown, ...codes: readonly ConsulErrorCode[]): error is ConsulError {
  return error instanceof ConsulError && (codes.length === 0 || codes.includes(error.code));
}

export interface CallDescription {
  operation: string;
  /** The rule that a token needs for it, in HCL, for the message of a denied call. */
  rule: string;
}

/** Makes what the package throws into the above. */
export function toConsulError(error: unknown, { operation, rule }: CallDescription): ConsulError {
  if (error instanceof ConsulError) return error;
  const cause = error;
  if (hasFlag(error, 'isTimeout'))
    return new ConsulError(describeError(error), { code: 'CONSUL_TIMEOUT', operation, cause });
  const answer = answerOf(error);
  if (answer === undefined)
    return new ConsulError(`no answer (${describeError(error)})`, { code: 'CONSUL_AWAY', operation, cause });

  const { status, text } = answer;
  const withStatus = { operation, status, cause };
  // 403 says both that a token may not, and (`ACL not found`) that there is no such token: revoked, or not known yet.
  if (status === 403 && /acl not found/i.test(text)) {
    return new ConsulError('the token is unknown to Consul', { code: 'CONSUL_DENIED', ...withStatus });
  }
  if (status === 401 || status === 403) {
    return new ConsulError(`denied (${text}); the token needs the rule: ${rule}`, {
      code: 'CONSUL_DENIED',
      ...withStatus,
    });
  }
  if (status === 409) return new ConsulError(text, { code: 'CONSUL_CONFLICT', ...withStatus });
  // Consul answers 500 both for "no leader" and for some mistakes of a caller, such as a session that does not exist.
  if (status === 429 || (status >= 500 && !/invalid session/i.test(text))) {
    return new ConsulError(`${status} ${text}`, { code: 'CONSUL_AWAY', ...withStatus });
  }
  return new ConsulError(`${status} ${text}`, { code: 'CONSUL_REFUSED', ...withStatus });
}

const MAX_TEXT = 300;

/** The package's message is often the status phrase alone; what Consul says stands in the body. */
function answerOf(error: unknown): { status: number; text: string } | undefined {
  if (!hasFlag(error, 'isResponse') || !('response' in error)) return undefined;
  const { response } = error;
  if (typeof response !== 'object' || response === null) return undefined;
  const status = 'statusCode' in response ? Number(response.statusCode) : 0;
  const body: unknown = 'body' in response ? response.body : undefined;
  const text = typeof body === 'string' ? body : body === undefined ? describeError(error) : JSON.stringify(body);
  return { status, text: text.trim().slice(0, MAX_TEXT) };
}

function hasFlag(error: unknown, flag: string): error is object {
  return typeof error === 'object' && error !== null && Reflect.get(error, flag) === true;
}
