import { describeError } from '../errors/describe-error.ts';

/**
 * - `CONSUL_DENIED`: the token lacks permission or is unknown to Consul. Retrying helps only with another token.
 * - `CONSUL_UNAVAILABLE`: connection refused or reset, no route, no leader, overload. A write may have taken effect.
 * - `CONSUL_TIMEOUT`: no response in time. A write may have taken effect.
 * - `CONSUL_CONFLICT`: a condition of the call was not met; nothing was changed.
 * - `CONSUL_REJECTED`: the call itself is invalid: a value is too large, a session does not exist.
 * - `CONSUL_PROTOCOL`: the response has an unexpected format.
 */
export type ConsulErrorCode =
  | 'CONSUL_DENIED'
  | 'CONSUL_UNAVAILABLE'
  | 'CONSUL_TIMEOUT'
  | 'CONSUL_CONFLICT'
  | 'CONSUL_REJECTED'
  | 'CONSUL_PROTOCOL';

interface ConsulErrorOptions {
  code: ConsulErrorCode;
  /** The operation in words: `register service orders`. */
  operation: string;
  /** HTTP status of the response, if there was one. */
  status?: number | undefined;
  cause?: unknown;
}

/** Thrown by all calls to Consul, except when the caller aborts them. */
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
  /** The ACL rule that the token needs, in HCL, for the error message of a denied call. */
  rule: string;
}

/** Converts an error thrown by the package. */
export function toConsulError(error: unknown, { operation, rule }: CallDescription): ConsulError {
  if (error instanceof ConsulError) return error;
  const cause = error;
  if (hasFlag(error, 'isTimeout'))
    return new ConsulError(describeError(error), { code: 'CONSUL_TIMEOUT', operation, cause });
  const response = responseOf(error);
  if (response === undefined)
    return new ConsulError(`no response (${describeError(error)})`, { code: 'CONSUL_UNAVAILABLE', operation, cause });

  const { status, text } = response;
  const withStatus = { operation, status, cause };
  // A 403 means either a missing permission or, with `ACL not found`, an unknown token: revoked, or not replicated yet.
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
  // Consul responds with 500 for "no leader" and also for some caller mistakes, such as a session that does not exist.
  if (status === 429 || (status >= 500 && !/invalid session/i.test(text))) {
    return new ConsulError(`${status} ${text}`, { code: 'CONSUL_UNAVAILABLE', ...withStatus });
  }
  return new ConsulError(`${status} ${text}`, { code: 'CONSUL_REJECTED', ...withStatus });
}

const MAX_TEXT = 300;

/** Reads status and body, since the package's error message is often only the status text, without Consul's reason. */
function responseOf(error: unknown): { status: number; text: string } | undefined {
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
