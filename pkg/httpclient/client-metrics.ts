import type { DurationRow } from '../metrics/duration-histogram.ts';
import type { Metrics } from '../metrics/metrics.ts';

export interface ClientMetrics {
  /** `outcome` is the status, or the kind of error. */
  observe(target: string, method: string, outcome: string, seconds: number): void;
}

/** Maximum number of targets with their own series; further targets share `_OTHER`. */
const MAX_TARGETS = 100;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

/**
 * Records `http_client_requests_total` and `http_client_request_duration_seconds` for each request, including retries.
 */
export function createClientMetrics(metrics: Metrics): ClientMetrics {
  const histogram = metrics.durationHistogram({
    name: 'http_client_request_duration_seconds',
    help: 'Duration of outgoing HTTP requests up to the last byte of the response; retries count separately',
    counter: { name: 'http_client_requests', help: 'Outgoing HTTP requests; retries count separately' },
  });
  const targets = new Set<string>();
  const rows = new Map<string, DurationRow>();

  function boundedLabel(target: string): string {
    if (targets.size < MAX_TARGETS) targets.add(target);
    return targets.has(target) ? target : '_OTHER';
  }

  return {
    observe(target, method, outcome, seconds) {
      const labels = { target: boundedLabel(target), method: METHODS.has(method) ? method : '_OTHER', code: outcome };
      const key = `${labels.target} ${labels.method} ${labels.code}`;
      const row = rows.get(key) ?? histogram.row(labels);
      rows.set(key, row);
      row.observe(seconds);
    },
  };
}
