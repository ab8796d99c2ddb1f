import { STATUS_CODES } from 'node:http';

/** One invalid field of a request: where it is and what was expected. */
export interface InvalidField {
  /** Part of the request: `body`, `query`, `path` or `headers`. */
  in: string;
  /** JSON Pointer (RFC 6901) to the value inside that part; empty for the part as a whole. */
  pointer: string;
  message: string;
}

export interface ProblemOptions {
  /** HTTP status, 400 to 599. */
  status: number;
  /** Stable, machine-readable name of the error, in snake case: a client may branch on it. */
  code: string;
  /** Explanation of this occurrence, for people. Sent to the client, so nothing internal belongs here. */
  detail?: string;
  /** Further response headers, such as `Retry-After` or `Allow`. */
  headers?: Record<string, string>;
  /** Invalid fields, listed under `errors`. */
  errors?: InvalidField[];
  /** What caused it; logged, never sent. */
  cause?: unknown;
}

/**
 * An error that is sent to the client as it is; throw it anywhere below a route. Any other error becomes a 500 without
 * details.
 */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  readonly errors: InvalidField[] | undefined;

  constructor(options: ProblemOptions) {
    super(options.detail ?? titleOf(options.status), { cause: options.cause });
    this.name = 'ProblemError';
    this.status = options.status;
    this.code = options.code;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
  }
}

/** Describes to clients that a dependency of this service is temporarily unavailable. */
export interface Outage {
  /** Returns whether the error of a call means that the dependency is unavailable. */
  isOutage(error: unknown): boolean;
  /** Stable, machine-readable name of the problem, in snake case. */
  code: string;
  /** Explanation for people. Sent to the client. */
  detail: string;
  /** Value of `Retry-After`. */
  retryAfterSeconds: number;
}

/** Runs the call. If it fails because of the outage, rejects with a 503 problem instead; other errors are unchanged. */
export async function mapOutage<T>(call: () => Promise<T>, outage: Outage): Promise<T> {
  const { isOutage, code, detail, retryAfterSeconds } = outage;
  try {
    return await call();
  } catch (cause) {
    if (!isOutage(cause)) throw cause;
    throw new ProblemError({ status: 503, code, detail, headers: { 'retry-after': String(retryAfterSeconds) }, cause });
  }
}

/** Body of an error response: RFC 9457 §3.1, with our members `code`, `requestId`, `traceId` and `errors`. */
export interface ProblemDocument {
  type: 'about:blank';
  title: string;
  status: number;
  code: string;
  detail?: string;
  requestId?: string;
  traceId?: string;
  errors?: InvalidField[];
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** Title of a problem whose type is `about:blank`: the status phrase (RFC 9457 §4.2.1). */
export function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

export function problemDocument(problem: ProblemOptions, requestId: string, traceId?: string): ProblemDocument {
  return {
    type: 'about:blank',
    title: titleOf(problem.status),
    status: problem.status,
    code: problem.code,
    ...(problem.detail !== undefined && { detail: problem.detail }),
    requestId,
    ...(traceId !== undefined && { traceId }),
    ...(problem.errors && { errors: problem.errors }),
  };
}
