import type { HttpMetrics, HttpSeries } from './http-metrics.ts';

/** What telemetry needs to know of a route, worked out once when the route is registered. */
export interface Route {
  method: string;
  /** Template with its parameters in braces, `/v1/flags/{key}`; `unmatched` for no route. */
  handler: string;
  /** A probe's requests are not logged. */
  probe: boolean;
  series: HttpSeries | undefined;
}

/** `/v1/flags/:key` as OpenAPI writes it, `/v1/flags/{key}`: one spelling in metrics, spans, logs and documents. */
export function templateOf(url: string): string {
  return url.replace(/:(\w+)(\([^)]*\))?/g, '{$1}');
}

export function createRoute(method: string, handler: string, probe: boolean, metrics: HttpMetrics | undefined): Route {
  return { method, handler, probe, series: metrics?.series(method, handler) };
}

/** Methods that HTTP's semantic conventions name (RFC 9110 §9, PATCH and QUERY); all others are `_OTHER`. */
const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY'];

/** The routes of requests that match none, one for each known method: their number is bounded whatever clients send. */
export function createUnmatchedRoutes(metrics: HttpMetrics | undefined): (method: string) => Route {
  const other = createRoute('_OTHER', 'unmatched', false, metrics);
  const known = new Map(KNOWN_METHODS.map((method) => [method, createRoute(method, 'unmatched', false, metrics)]));
  return (method) => known.get(method) ?? other;
}
