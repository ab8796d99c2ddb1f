import type { DurationRow } from '../metrics/duration-histogram.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** Records requests under the names that client-go uses, so that existing dashboards work. */
export interface ClientMetrics {
  /** `code` is the status, or `<error>` without a response. */
  observe(method: string, code: string, seconds: number): void;
}

/** @param host of the API server. */
export function createClientMetrics(metrics: Metrics, host: string): ClientMetrics {
  const requests = metrics.counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server; retries count separately',
    labelNames: ['code', 'method', 'host'],
  });
  const durations = metrics.durationHistogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Duration of requests to the API server up to the headers of the response; retries count separately',
  });
  const rows = new Map<string, DurationRow>();
  return {
    observe(method, code, seconds) {
      requests.inc({ code, method, host });
      const row = rows.get(method) ?? durations.row({ verb: method, host });
      rows.set(method, row);
      row.observe(seconds);
    },
  };
}
