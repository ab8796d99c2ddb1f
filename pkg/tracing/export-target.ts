import type { OtelVariables } from './otel-variables.ts';
import type { TracingOptions } from './tracing-options.ts';

/** The destination of spans. */
export interface ExportTarget {
  /** The request URL; for HTTP, including the path. */
  readonly url: string;
  readonly protocol: TracingOptions['protocol'];
}

const PATH = '/v1/traces';

/**
 * Determines the destination of spans. The configured endpoint overrides the variables. The variable for all signals is
 * a base URL; the one for traces is used unchanged (OTLP Exporter Configuration, "Endpoint URLs for OTLP/HTTP").
 */
export function exportTarget(options: TracingOptions, env: OtelVariables['values']): ExportTarget {
  const protocol = protocolOf(options, env);
  const specific = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (protocol === 'grpc') return { protocol, url: options.endpoint ?? specific ?? base ?? 'http://localhost:4317' };
  // Nobody intends /v1/traces/v1/traces, so do not append the path twice. For the variable, the specification does.
  if (options.endpoint?.replace(/\/$/, '').endsWith(PATH)) return { protocol, url: options.endpoint };
  if (options.endpoint !== undefined) return { protocol, url: withPath(options.endpoint) };
  return { protocol, url: specific ?? withPath(base ?? 'http://localhost:4318') };
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

function withPath(base: string): string {
  const url = new URL(/^https?:/i.test(base) ? base : `http://${base}`);
  url.pathname = url.pathname.replace(/\/$/, '') + PATH;
  return url.href;
}

function protocolOf({ protocol }: TracingOptions, env: OtelVariables['values']): TracingOptions['protocol'] {
  const chosen = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? protocol;
  return chosen === 'grpc' ? 'grpc' : 'http/protobuf';
}
