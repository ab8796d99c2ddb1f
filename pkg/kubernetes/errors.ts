/**
 * - `KUBERNETES_UNAVAILABLE`: no response, an overloaded or failing API server. A write may have taken effect.
 * - `KUBERNETES_TIMEOUT`: no response in time. A write may have taken effect.
 * - `KUBERNETES_DENIED`: the credentials are invalid or lack a permission.
 * - `KUBERNETES_REJECTED`: the request was rejected; `reason` says why.
 * - `KUBERNETES_PROTOCOL`: the response has an unexpected format.
 */
export type KubernetesErrorCode =
  | 'KUBERNETES_UNAVAILABLE'
  | 'KUBERNETES_TIMEOUT'
  | 'KUBERNETES_DENIED'
  | 'KUBERNETES_REJECTED'
  | 'KUBERNETES_PROTOCOL';

/** The reasons in the Status of an error response that callers check. */
export type StatusReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Forbidden'
  | 'Unauthorized'
  | 'Invalid'
  | 'Expired';

interface KubernetesErrorOptions {
  code: KubernetesErrorCode;
  /** HTTP status. Default: 0, for no response. */
  status?: number;
  reason?: string;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** Thrown by all calls to the API server, except when the caller aborts them. */
export class KubernetesError extends Error {
  readonly code: KubernetesErrorCode;
  /** HTTP status; 0 without a response. */
  readonly status: number;
  /** `reason` of the Status, such as `NotFound`; empty without one. */
  readonly reason: string;
  /** Delay requested by the API server, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { code, status = 0, reason = '', retryAfterMs, cause }: KubernetesErrorOptions) {
    super(`kubernetes: ${message}`, { cause });
    this.name = 'KubernetesError';
    this.code = code;
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Returns whether it is a KubernetesError, with one of these codes or reasons if there are any. */
export function isKubernetesError(
  error: unknown,
  ...kinds: readonly (KubernetesErrorCode | StatusReason)[]
): error is KubernetesError {
  if (!(error instanceof KubernetesError)) return false;
  return kinds.length === 0 || kinds.some((kind) => kind === error.code || kind === error.reason);
}
