import type { Tracer } from '@opentelemetry/api';
import { type Dispatcher, errors } from 'undici';
import { describeError } from '../errors/describe-error.ts';
import type { ClientMetrics } from './client-metrics.ts';
import { beginClientSpan } from './client-span.ts';
import { HttpClientError, isHttpClientError } from './errors.ts';
import type { Target } from './targets.ts';

export interface HttpAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Attempt {
  readonly target: Target;
  /** What metrics call the target. */
  readonly name: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** How often it was sent before. */
  readonly resend: number;
  readonly timeoutMs: number;
  /** Of the whole call. */
  readonly signal: AbortSignal;
}

export interface AttemptDependencies {
  dispatcher: Dispatcher;
  metrics: ClientMetrics;
  tracer: Tracer | undefined;
}

/**
 * Sends a request once and reads its whole answer.
 *
 * @throws HttpClientError, or the signal's reason when that is no time limit.
 */
export async function sendOnce(
  { target, name, method, headers, body, resend, timeoutMs, signal }: Attempt,
  { dispatcher, metrics, tracer }: AttemptDependencies,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  const begunAt = performance.now();
  const span = beginClientSpan(tracer, { method, target, resend });
  const observe = (outcome: string) => metrics.observe(name, method, outcome, (performance.now() - begunAt) / 1000);
  const sent = { ...headers };
  span.inject(sent);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const answer = await dispatcher.request({
      origin: target.origin,
      path: target.path,
      // Undici's type has the standard ones; it sends any token.
      method: method as Dispatcher.HttpMethod,
      headers: sent,
      body: body ?? null,
      signal: limit,
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    span.answered(answer.statusCode);
    observe(String(answer.statusCode));
    return { status: answer.statusCode, headers: answer.headers, body: bytes };
  } catch (cause) {
    const error = failureOf(cause, `${method} ${target.origin}${target.path.replace(/\?.*/s, '')}`, limit);
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

/** `what` has no query: that may be secret. */
function failureOf(cause: unknown, what: string, limit: AbortSignal): unknown {
  if (limit.aborted && !isTimeLimit(limit.reason)) return limit.reason;
  if (limit.aborted || cause instanceof errors.ConnectTimeoutError) {
    return new HttpClientError(`${what}: no answer in time`, { code: 'HTTP_CLIENT_TIMEOUT', cause });
  }
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    return new HttpClientError(`${what}: the answer is too large`, { code: 'HTTP_CLIENT_TOO_LARGE', cause });
  }
  return new HttpClientError(`${what}: ${describeError(cause)}`, { code: 'HTTP_CLIENT_CONNECTION', cause });
}

/** What `AbortSignal.timeout` aborts with. */
export function isTimeLimit(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
