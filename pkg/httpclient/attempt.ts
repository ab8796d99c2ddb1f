import type { Tracer } from '@opentelemetry/api';
import { type Dispatcher, errors } from 'undici';
import { describeError } from '../errors/describe-error.ts';
import type { ClientMetrics } from './client-metrics.ts';
import { startClientSpan } from './client-span.ts';
import { HttpClientError, isHttpClientError } from './errors.ts';
import type { Target } from './targets.ts';

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Attempt {
  readonly target: Target;
  /** Name of the target in metrics. */
  readonly name: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** How many times the request was sent before. */
  readonly resend: number;
  readonly timeoutMs: number;
  /** Signal of the whole call. */
  readonly signal: AbortSignal;
}

export interface AttemptDependencies {
  dispatcher: Dispatcher;
  metrics: ClientMetrics;
  tracer: Tracer | undefined;
}

/**
 * Sends a request once and reads the whole response.
 *
 * @throws HttpClientError, or the signal's reason unless that is a timeout.
 */
export async function sendOnce(
  { target, name, method, headers, body, resend, timeoutMs, signal }: Attempt,
  { dispatcher, metrics, tracer }: AttemptDependencies,
): Promise<HttpResponse> {
  signal.throwIfAborted();
  const startedAt = performance.now();
  const span = startClientSpan(tracer, { method, target, resend });
  const observe = (outcome: string) => metrics.observe(name, method, outcome, (performance.now() - startedAt) / 1000);
  const sent = { ...headers };
  span.inject(sent);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await dispatcher.request({
      origin: target.origin,
      path: target.path,
      // Undici's type lists the standard methods only, but it sends any token.
      method: method as Dispatcher.HttpMethod,
      headers: sent,
      body: body ?? null,
      signal: limit,
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    span.responded(response.statusCode);
    observe(String(response.statusCode));
    return { status: response.statusCode, headers: response.headers, body: bytes };
  } catch (cause) {
    const error = toError(cause, `${method} ${target.origin}${target.path.replace(/\?.*/s, '')}`, limit);
    const kind = isHttpClientError(error) ? KINDS[error.code] : 'cancelled';
    span.failed(kind);
    observe(kind);
    throw error;
  }
}

const KINDS = {
  HTTP_CLIENT_TIMEOUT: 'timeout',
  HTTP_CLIENT_CONNECTION: 'connection',
  HTTP_CLIENT_TOO_LARGE: 'too_large',
  HTTP_CLIENT_UNAVAILABLE: 'unavailable',
} as const;

/** @param request method and URL, without the query, which may be secret. */
function toError(cause: unknown, request: string, limit: AbortSignal): unknown {
  if (limit.aborted && !isTimeout(limit.reason)) return limit.reason;
  if (limit.aborted || cause instanceof errors.ConnectTimeoutError) {
    return new HttpClientError(`${request}: no response in time`, { code: 'HTTP_CLIENT_TIMEOUT', cause });
  }
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    return new HttpClientError(`${request}: the response is too large`, { code: 'HTTP_CLIENT_TOO_LARGE', cause });
  }
  return new HttpClientError(`${request}: ${describeError(cause)}`, { code: 'HTTP_CLIENT_CONNECTION', cause });
}

/** Returns whether a signal was aborted by `AbortSignal.timeout`. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
