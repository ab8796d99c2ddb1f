import { setTimeout as delay } from 'node:timers/promises';
import type { Tracer } from '@opentelemetry/api';
import { Agent } from 'undici';
import type { Metrics } from '../metrics/metrics.ts';
import { type Attempt, type HttpResponse, isTimeout, sendOnce } from './attempt.ts';
import { type CircuitOptions, createCircuits, createRecentMap } from './circuits.ts';
import { createClientMetrics } from './client-metrics.ts';
import { HttpClientError } from './errors.ts';
import { createRetryBudget, isIdempotent, isRetryable, type RetryBudgetOptions, retryDelayMs } from './retry.ts';
import { createPauses, requestedPauseMs } from './retry-after.ts';
import { nameOf, type Resolver, type Target, targetsOf } from './targets.ts';

export interface HttpClientOptions {
  /** Default time limit of a call with all its attempts, in milliseconds. Default: 5000. */
  timeoutMs?: number;
  /** Time limit of each attempt, in milliseconds. Default: 2000. */
  attemptTimeoutMs?: number;
  /** Maximum number of attempts. Default: 3. */
  maxAttempts?: number;
  /** Each target has its own budget. */
  retryBudget?: RetryBudgetOptions;
  circuit?: CircuitOptions;
  /** Maximum connections to one instance. Default: 64. */
  maxConnections?: number;
  /** Maximum size of a response body in bytes. Default: 10 MiB. */
  maxBodyBytes?: number;
}

export interface HttpClientDependencies {
  metrics: Metrics;
  /** For `service://` URLs. Default: none. */
  resolver?: Resolver | undefined;
  /** Default: no spans; the active trace context is still propagated. */
  tracer?: Tracer | undefined;
}

export interface HttpRequest {
  /** In upper case. Default: `GET`. */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Id of the request being served; sent as `x-request-id`. */
  requestId?: string;
  /** Aborts the call. Pass the signal of the request being served, so that its deadline applies to this call. */
  signal?: AbortSignal;
  /** Time limit of the whole call, in milliseconds; the signal may end it sooner. */
  timeoutMs?: number;
  /** Use only instances of the service with this tag. */
  tag?: string;
  /** Name of the target in metrics. Must come from a bounded set. Default: the service's name, or the host. */
  target?: string;
}

export interface HttpClient {
  /**
   * Sends a request and reads the whole response, whatever its status. An idempotent request (RFC 9110 §9.2.2) is
   * retried, on another instance if there is one, after an error, a timeout, 502, 503, 504, or 429 with `Retry-After`.
   * An instance that sent `Retry-After` is not tried again before that time; if that exceeds the time limit, its
   * response is returned immediately.
   *
   * @param url `service://<name>/<path>`, or an HTTP or HTTPS URL.
   * @throws HttpClientError, any error of the resolver, or the signal's reason unless that is a timeout.
   */
  request(url: string, request?: HttpRequest): Promise<HttpResponse>;
  /** Aborts all calls and closes all connections. */
  close(): Promise<void>;
}

interface CallLimits {
  signal: AbortSignal;
  /** When the call's own time limit is reached, on the clock of `performance.now()`. */
  deadline: number;
}

const MiB = 1_048_576;

const MAX_BUDGETS = 1_000;

export function createHttpClient(
  {
    timeoutMs: defaultTimeoutMs = 5_000,
    attemptTimeoutMs = 2_000,
    maxAttempts = 3,
    retryBudget,
    circuit,
    maxConnections = 64,
    maxBodyBytes = 10 * MiB,
  }: HttpClientOptions,
  { metrics, resolver, tracer }: HttpClientDependencies,
): HttpClient {
  const dispatcher = new Agent({
    connections: maxConnections,
    // HTTP/2 would send up to a hundred concurrent requests over each connection, so `connections` would limit nothing.
    allowH2: false,
    maxResponseSize: maxBodyBytes,
    connect: { timeout: attemptTimeoutMs },
    // Disabled, because each attempt has its own time limit.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const dependencies = { dispatcher, tracer, metrics: createClientMetrics(metrics) };
  const circuits = createCircuits(circuit);
  const budgets = createRecentMap(MAX_BUDGETS, () => createRetryBudget(retryBudget));

  /** Sends to the first target whose circuit is not open. Removes the targets that it has tried from the list. */
  async function send(
    targets: Target[],
    describe: (target: Target) => Attempt,
  ): Promise<HttpResponse | HttpClientError | undefined> {
    for (let target = targets.shift(); target !== undefined; target = targets.shift()) {
      const details = describe(target);
      try {
        const response = await circuits.through(target.origin, () => sendOnce(details, dependencies));
        if (response !== undefined) return response;
      } catch (error) {
        if (error instanceof HttpClientError) return error;
        throw error;
      }
    }
    return undefined;
  }

  async function call(url: URL, request: HttpRequest, { signal, deadline }: CallLimits): Promise<HttpResponse> {
    const { method = 'GET', headers = {}, body, requestId, tag, target: name = nameOf(url) } = request;
    const sent = { ...headers, ...(requestId !== undefined && { 'x-request-id': requestId }) };
    const common = { name, method, headers: sent, body, timeoutMs: attemptTimeoutMs, signal };
    const attempts = isIdempotent(method) ? maxAttempts : 1;
    const budget = budgets.get(name);
    budget.deposit();

    const pauses = createPauses();
    let targets: Target[] = [];
    let tried: Target | undefined;
    let last: HttpResponse | HttpClientError | undefined;
    for (let resend = 0; resend < attempts; resend += 1) {
      if (resend > 0) {
        // One instance's Retry-After does not delay trying the next one.
        const pauseMs = targets.length > 0 ? 0 : pauses.shortestMs();
        const waitMs = pauseMs + retryDelayMs(resend);
        const isTooLong = pauseMs > 0 && performance.now() + waitMs >= deadline;
        if (signal.aborted || isTooLong || !budget.withdraw()) break;
        await delay(waitMs, undefined, { signal });
      }
      // An instance that failed is tried again only after all others have been tried.
      if (targets.length === 0) targets = pauses.sort(await targetsOf(url, { resolver, tag, signal }));
      const outcome = await send(targets, (target) => {
        tried = target;
        return { ...common, target, resend };
      });
      last = outcome ?? last;
      if (outcome === undefined || !isRetryable(outcome)) break;
      if (tried !== undefined) pauses.note(tried.origin, requestedPauseMs(outcome));
    }
    if (last === undefined) {
      throw new HttpClientError(`${name}: the circuits of all instances are open`, { code: 'HTTP_CLIENT_UNAVAILABLE' });
    }
    if (last instanceof HttpClientError) throw last;
    return last;
  }

  return {
    async request(text, request = {}) {
      const url = new URL(text);
      const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
      const deadline = performance.now() + timeoutMs;
      const limit = AbortSignal.timeout(timeoutMs);
      const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
      try {
        return await call(url, request, { signal, deadline });
      } catch (cause) {
        if (cause instanceof HttpClientError || !signal.aborted) throw cause;
        if (!isTimeout(signal.reason)) throw signal.reason;
        throw new HttpClientError(`${url.hostname}: no response in time`, { code: 'HTTP_CLIENT_TIMEOUT', cause });
      }
    },
    close: () => dispatcher.destroy(),
  };
}
