import type { DurationRow } from '../../metrics/duration-histogram.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { AbortReason } from '../exchange/exchange.ts';
import type { RouteMetrics } from '../exchange/route.ts';

/** Why a request was rejected before it was handled. */
export type Rejection = 'overloaded' | 'concurrency' | 'client_share' | 'body_memory' | 'rate_limit';

export interface HttpMetrics extends RouteMetrics {
  aborted(reason: AbortReason): void;
  /** Counts a response that was a problem document with this `code`. */
  problem(handler: string, code: string): void;
  /** Counts a request that was rejected before it was handled. */
  rejected(reason: Rejection): void;
  /** Counts a connection that was closed because `maxConnections` was reached. */
  connectionDropped(): void;
  /** Sets the source of the gauge of open requests. */
  watchInFlight(count: () => number): void;
}

/** A program has about twenty codes. The limit keeps codes that contain request data from creating series. */
const MAX_PROBLEM_CODES = 100;

/**
 * Creates `http_requests_total`, `http_request_duration_seconds`, `http_requests_in_flight` and their siblings. Label
 * values are route templates, known methods and status codes, so the number of series is bounded whatever clients send.
 */
export function createHttpMetrics(metrics: Metrics): HttpMetrics {
  const histogram = metrics.durationHistogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests, from the parsed request line to the last byte handed to the operating system',
    counter: { name: 'http_requests', help: 'HTTP requests completed or aborted' },
  });
  const aborted = metrics.counter({
    name: 'http_requests_aborted_total',
    help: 'HTTP requests aborted before the response completed',
    labelNames: ['reason'],
  });
  const rejected = metrics.counter({
    name: 'http_requests_rejected_total',
    help: 'HTTP requests rejected: overload, http.maxConcurrent, http.clientShare, http.bodyMemory or the rate limit',
    labelNames: ['reason'],
  });
  const problems = metrics.counter({
    name: 'http_problems_total',
    help: 'Problem documents sent in response to HTTP requests, by their code',
    labelNames: ['handler', 'problem'],
  });
  const problemCodes = new Set<string>();
  const dropped = metrics.counter({
    name: 'http_connections_dropped_total',
    help: 'Connections closed because http.maxConnections was reached',
  });
  let inFlight = () => 0;
  metrics.gauge({
    name: 'http_requests_in_flight',
    help: 'HTTP requests being served',
    collect: () => inFlight(),
  });
  return {
    series(method, handler) {
      const rows: (DurationRow | undefined)[] = [];
      return {
        observe(status, seconds, sampled) {
          const row = rows[status] ?? histogram.row({ method, handler, code: status });
          rows[status] = row;
          row.observe(seconds);
          if (sampled) row.exemplify(seconds, { trace_id: sampled.traceId, span_id: sampled.spanId });
        },
      };
    },
    problem(handler, code) {
      if (problemCodes.size < MAX_PROBLEM_CODES) problemCodes.add(code);
      problems.inc({ handler, problem: problemCodes.has(code) ? code : '_OTHER' });
    },
    aborted: (reason) => aborted.inc({ reason }),
    rejected: (reason) => rejected.inc({ reason }),
    connectionDropped: () => dropped.inc(),
    watchInFlight(count) {
      inFlight = count;
    },
  };
}
