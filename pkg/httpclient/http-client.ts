import { setTimeout as delay } from 'node:timers/promises';
import type { Tracer } from '@opentelemetry/api';
import { Agent } from 'undici';
import type { Metrics } from '../metrics/metrics.ts';
import { type Attempt, type HttpAnswer, isTimeLimit, sendOnce } from './attempt.ts';
import { type CircuitOptions, createCircuits } from './circuits.ts';
import { createClientMetrics } from './client-metrics.ts';
import { HttpClientError } from './errors.ts';
import { createRecentMap } from './recent-map.ts';
import type { Resolver } from './resolver.ts';
import { isIdempotent, isWorthARetry, retryDelayMs } from './retry.ts';
import { createPauses, pauseOf } from './retry-after.ts';
import { createRetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import { nameOf, type Target, targetsOf } from './targets.ts';

export interface HttpClientOptions {
  /** Milliseconds for a call, from the first attempt to the last, unless it says otherwise. Default 5000. */
  timeoutMs?: number;
  /** Milliseconds for each attempt. Default 2000. */
  attemptTimeoutMs?: number;
  /** How often a request is sent at the most. Default 3. */
  maxAttempts?: number;
  /** Of each target by its own. */
  retryBudget?: RetryBudgetOptions;
  circuit?: CircuitOptions;
  /** Connections to one instance at the most. Default 64. */
  maxConnections?: number;
  /** Bytes of an answer's body at the most. Default 10 MiB. */
  maxBodyBytes?: number;
}

export interface HttpClientDependencies {
  metrics: Metrics;
  /** For `service://` URLs. Default: none. */
  resolver?: Resolver | undefined;
  /** Default: no spans; the active trace context is still passed on. */
  tracer?: Tracer | undefined;
}

export interface HttpRequest {
  /** In upper case. Default `GET`. */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** That of the request which this one is made for: goes on as `x-request-id`. */
  requestId?: string;
  /** Gives up. Handing on that of the request being served hands on what is left of its time. */
  signal?: AbortSignal;
  /** Milliseconds for the whole call; the signal may end it sooner. */
  timeoutMs?: number;
  /** Of a service, only instances with this tag. */
  tag?: string;
  /** What metrics call the target. Default: the service's name, or the host. Must come from a bounded set. */
  target?: string;
}

export interface HttpClient {
  /**
   * Sends a request and reads the whole answer, whatever its status. One that is idempotent (RFC 9110 §9.2.2) is sent
   * again, to another instance if there is one, after an error, a time limit, 502, 503, 504, or 429 with `Retry-After`.
   * An instance that sent `Retry-After` is left alone for as long; if that is past the time limit, its response is
   * returned at once.
   *
   * @param url `service://<name>/<path>`, or an ordinary one.
   * @throws HttpClientError; what the resolver throws; the signal's reason when that is no time limit.
   */
  request(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  /** Breaks what is in flight, and closes all connections. */
  close(): Promise<void>;
}

interface CallLimits {
  signal: AbortSignal;
  /** When the call's own time limit ends it, in terms of `performance.now()`. */
  deadline: number;
}

const MiB = 1_048_576;

const MOST_BUDGETS = 1_000;

export function createHttpClient(
  {
    timeoutMs: usualTimeoutMs = 5_000,
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
    // HTTP/2 would send a hundred requests over each connection, and `connections` would limit nothing.
    allowH2: false,
    maxResponseSize: maxBodyBytes,
    connect: { timeout: attemptTimeoutMs },
    // Each attempt has a time limit of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const dependencies = { dispatcher, tracer, metrics: createClientMetrics(metrics) };
  const circuits = createCircuits(circuit);
  const budgets = createRecentMap(MOST_BUDGETS, () => createRetryBudget(retryBudget));

  /** Sends to the first of the targets whose circuit lets it through, and takes those tried off the list. */
  async function send(
    targets: Target[],
    describe: (target: Target) => Attempt,
  ): Promise<HttpAnswer | HttpClientError | undefined> {
    for (let target = targets.shift(); target !== undefined; target = targets.shift()) {
      const details = describe(target);
      try {
        const answer = await circuits.through(target.origin, () => sendOnce(details, dependencies));
        if (answer !== undefined) return answer;
      } catch (error) {
        if (error instanceof HttpClientError) return error;
        throw error;
      }
    }
    return undefined;
  }

  async function call(url: URL, request: HttpRequest, { signal, deadline }: CallLimits): Promise<HttpAnswer> {
    const { method = 'GET', headers = {}, body, requestId, tag, target: name = nameOf(url) } = request;
    const sent = { ...headers, ...(requestId !== undefined && { 'x-request-id': requestId }) };
    const common = { name, method, headers: sent, body, timeoutMs: attemptTimeoutMs, signal };
    const attempts = isIdempotent(method) ? maxAttempts : 1;
    const budget = budgets.get(name);
    budget.deposit();

    const pauses = createPauses();
    let targets: Target[] = [];
    let tried: Target | undefined;
    let last: HttpAnswer | HttpClientError | undefined;
    for (let resend = 0; resend < attempts; resend += 1) {
      if (resend > 0) {
        // A pause that one instance asked for keeps nobody from the next one.
        const pauseMs = targets.length > 0 ? 0 : pauses.shortestMs();
        const waitMs = pauseMs + retryDelayMs(resend);
        const isTooLong = pauseMs > 0 && performance.now() + waitMs >= deadline;
        if (signal.aborted || isTooLong || !budget.withdraw()) break;
        await delay(waitMs, undefined, { signal });
      }
      // Whoever has failed is asked again only when all have been.
      if (targets.length === 0) targets = pauses.sort(await targetsOf(url, { resolver, tag, signal }));
      const outcome = await send(targets, (target) => {
        tried = target;
        return { ...common, target, resend };
      });
      last = outcome ?? last;
      if (outcome === undefined || !isWorthARetry(outcome)) break;
      if (tried !== undefined) pauses.note(tried.origin, pauseOf(outcome));
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
      const timeoutMs = request.timeoutMs ?? usualTimeoutMs;
      const deadline = performance.now() + timeoutMs;
      const limit = AbortSignal.timeout(timeoutMs);
      const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
      try {
        return await call(url, request, { signal, deadline });
      } catch (cause) {
        if (cause instanceof HttpClientError || !signal.aborted) throw cause;
        if (!isTimeLimit(signal.reason)) throw signal.reason;
        throw new HttpClientError(`${url.hostname}: no answer in time`, { code: 'HTTP_CLIENT_TIMEOUT', cause });
      }
    },
    close: () => dispatcher.destroy(),
  };
}
