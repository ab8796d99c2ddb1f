import type { HttpMetrics, HttpSeries } from '../telemetry/http-metrics.ts';

/** What telemetry needs to know of a route, worked out once when the route is registered. */
export interface Route {
  method: string;
  /** Template with its parameters in braces, `/v1/items/{key}`; undefined for requests that match no route. */
  template: string | undefined;
  /** Its name in metrics and logs: the template, or `unmatched`. */
  handler: string;
  /** The part of its access-log lines that never changes, as JSON: `"method":"GET","handler":"/v1/items/{key}"`. */
  logFields: string;
  /** A probe's requests are neither logged nor traced. */
  probe: boolean;
  series: HttpSeries | undefined;
}

export interface RouteOptions {
  method: string;
  template?: string | undefined;
  probe?: boolean;
}

export function createRoute(
  { method, template, probe = false }: RouteOptions,
  metrics: HttpMetrics | undefined,
): Route {
  const handler = template ?? 'unmatched';
  const logFields = `"method":${JSON.stringify(method)},"handler":${JSON.stringify(handler)}`;
  return { method, template, handler, logFields, probe, series: metrics?.series(method, handler) };
}

/** The URL of a route for every path. Its requests match no route of the API. */
export const CATCH_ALL = '*';

/** `/v1/items/:key` as OpenAPI writes it, `/v1/items/{key}`: one spelling in metrics, spans, logs and documents. */
export function templateOf(url: string): string {
  return url.replace(/:(\w+)(\([^)]*\))?/g, '{$1}');
}

/** Methods that HTTP's semantic conventions name (RFC 9110 §9, PATCH and QUERY); all others are `_OTHER`. */
const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY'];

/** The routes of requests that match none, one for each known method: their number is bounded whatever clients send. */
export function createUnmatchedRoutes(metrics: HttpMetrics | undefined): (method: string) => Route {
  const other = createRoute({ method: '_OTHER' }, metrics);
  const known = new Map(KNOWN_METHODS.map((method) => [method, createRoute({ method }, metrics)]));
  return (method) => known.get(method) ?? other;
}
