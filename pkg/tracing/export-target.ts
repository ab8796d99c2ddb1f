import type { OtelVariables } from './otel-variables.ts';
import type { TracingOptions } from './tracing-options.ts';

export type Signal = 'traces' | 'metrics' | 'logs';

/** The destination of one signal. */
export interface ExportTarget {
  readonly signal: Signal;
  /** The request URL; for HTTP, including the path. */
  readonly url: string;
  readonly protocol: TracingOptions['protocol'];
}

const DEFAULT = 'http://localhost:4318';

/**
 * Determines the destination of a signal. The configured endpoint overrides the variables. The variable for all signals
 * is a base URL; the one for this signal is used unchanged (OTLP Exporter Configuration, "Endpoint URLs for OTLP/HTTP").
 */
export function exportTarget(
  options: Pick<TracingOptions, 'endpoint' | 'protocol'>,
  env: OtelVariables['values'],
  signal: Signal = 'traces',
): ExportTarget {
  const variables = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;
  const protocol = protocolOf(env[`${variables}_PROTOCOL`] ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? options.protocol);
  const path = `/v1/${signal}`;
  const specific = env[`${variables}_ENDPOINT`];
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (protocol === 'grpc')
    return { signal, protocol, url: options.endpoint ?? specific ?? base ?? 'http://localhost:4317' };
  // Nobody intends /v1/traces/v1/traces, so do not append the path twice. For the variable, the specification does.
  const { endpoint } = options;
  if (endpoint?.replace(/\/$/, '').endsWith(path)) return { signal, protocol, url: endpoint };
  const url = endpoint === undefined && specific !== undefined ? specific : withPath(endpoint ?? base ?? DEFAULT, path);
  return { signal, protocol, url };
}

/** Returns a URL without user, password and query, any of which may contain a token. */
export function displayUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  parsed.username = '';
  parsed.password = '';
  parsed.search = '';
  return parsed.href;
}

function withPath(base: string, path: string): string {
  const url = new URL(/^https?:/i.test(base) ? base : `http://${base}`);
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  return url.href;
}

function protocolOf(chosen: string): ExportTarget['protocol'] {
  return chosen === 'grpc' ? 'grpc' : 'http/protobuf';
}
