import type { SpanContext } from '@opentelemetry/api';

/** The metrics of one method and handler. */
export interface RouteSeries {
  /** `sampled` is the request's trace if it is recorded: it becomes the exemplar of the latency. */
  observe(status: number, seconds: number, sampled?: SpanContext): void;
}

export interface RouteMetrics {
  series(method: string, handler: string): RouteSeries;
}

/** What telemetry needs to know about a route, computed once when the route is registered. */
export interface Route {
  method: string;
  /** Template with its parameters in braces, `/v1/items/{key}`; undefined for requests that match no route. */
  template: string | undefined;
  /** Its name in metrics and logs: the template, or `unmatched`. */
  handler: string;
  /** How its access-log lines begin, as JSON: `"method":"GET","handler":"/v1/items/{key}","path":`. */
  logStart: string;
  /** A probe's requests are neither logged nor traced. */
  probe: boolean;
  series: RouteSeries | undefined;
}

export interface RouteOptions {
  method: string;
  template?: string | undefined;
  probe?: boolean;
}

export function createRoute(
  { method, template, probe = false }: RouteOptions,
  metrics: RouteMetrics | undefined,
): Route {
  const handler = template ?? 'unmatched';
  const logStart = `"method":${JSON.stringify(method)},"handler":${JSON.stringify(handler)},"path":`;
  return { method, template, handler, logStart, probe, series: metrics?.series(method, handler) };
}

/** URL of a catch-all route. Its requests count as unmatched. */
export const CATCH_ALL = '*';

/** Converts `/v1/items/:key` to OpenAPI's `/v1/items/{key}`, the spelling used in metrics, spans, logs and documents. */
export function templateOf(url: string): string {
  return url.replace(/:(\w+)(\([^)]*\))?/g, '{$1}');
}

/** Methods known to OpenTelemetry's HTTP conventions (RFC 9110 §9, PATCH and QUERY). All others are `_OTHER`. */
const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY'];

/** Returns the route of requests that match none: one per known method, so that clients cannot create metric series. */
export function createUnmatchedRoutes(metrics: RouteMetrics | undefined): (method: string) => Route {
  const other = createRoute({ method: '_OTHER' }, metrics);
  const known = new Map(KNOWN_METHODS.map((method) => [method, createRoute({ method }, metrics)]));
  return (method) => known.get(method) ?? other;
}
