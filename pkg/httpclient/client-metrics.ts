import type { DurationRow } from '../metrics/duration-histogram.ts';
import type { Metrics } from '../metrics/metrics.ts';

export interface ClientMetrics {
  /** `outcome` is the status, or the kind of error. */
  observe(target: string, method: string, outcome: string, seconds: number): void;
}

/** Names of targets that get series of their own; all further ones share `_OTHER`. */
const MOST_TARGETS = 100;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

/** `http_client_requests_total` and `http_client_request_duration_seconds`, of each request sent, retries included. */
export function createClientMetrics(metrics: Metrics): ClientMetrics {
  const histogram = metrics.durationHistogram({
    name: 'http_client_request_duration_seconds',
    help: 'Duration of HTTP requests sent, each retry for itself, to the last byte of the answer',
    counter: { name: 'http_client_requests', help: 'HTTP requests sent, each retry for itself' },
  });
  const targets = new Set<string>();
  const rows = new Map<string, DurationRow>();

  function bounded(target: string): string {
    if (targets.size < MOST_TARGETS) targets.add(target);
    return targets.has(target) ? target : '_OTHER';
  }

  return {
    observe(target, method, outcome, seconds) {
      const labels = { target: bounded(target), method: METHODS.has(method) ? method : '_OTHER', code: outcome };
      const key = `${labels.target} ${labels.method} ${labels.code}`;
      const row = rows.get(key) ?? histogram.row(labels);
      rows.set(key, row);
      row.observe(seconds);
    },
  };
}
