import type { SpanContext } from '@opentelemetry/api';
import type { DurationRow } from '../../metrics/duration-histogram.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Rejection } from '../admission/admission.ts';
import type { AbortReason } from '../exchange/exchange.ts';

/** The series of one method and handler, one row per status code, each looked up once. */
export interface HttpSeries {
  /** `sampled` is the request's trace where that is recorded: it becomes the exemplar of its latency. */
  observe(status: number, seconds: number, sampled?: SpanContext): void;
}

export interface HttpMetrics {
  series(method: string, handler: string): HttpSeries;
  aborted(reason: AbortReason): void;
  /** Counts a response that was a problem document with this `code`. */
  problem(handler: string, code: string): void;
  /** Requests refused before they were looked at. */
  rejected(reason: Rejection): void;
  /** Connections refused because `maxConnections` was reached. */
  connectionDropped(): void;
  /** Gives the gauge of open requests its source. */
  watchInFlight(count: () => number): void;
}

/** Codes are constants of the program, some twenty. One that is made of a request's data must not make series. */
const MAX_PROBLEM_CODES = 100;

/**
 * `http_requests_total`, `http_request_duration_seconds` and `http_requests_in_flight`. The label values are route
 * templates, known methods and status codes: however many different requests come, the number of series is bounded.
 */
export function createHttpMetrics(metrics: Metrics): HttpMetrics {
  const histogram = metrics.durationHistogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests, from the parsed request line to the last byte handed to the operating system',
    counter: { name: 'http_requests', help: 'HTTP requests answered or aborted' },
  });
  const aborted = metrics.counter({
    name: 'http_requests_aborted_total',
    help: 'HTTP requests whose answer did not reach its end',
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
    help: 'Connections refused because http.maxConnections was reached',
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
