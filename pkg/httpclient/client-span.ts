import { context, propagation, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { Target } from './targets.ts';

export interface ClientSpan {
  /** Adds the trace context with the registered propagator, if there is one. */
  inject(headers: Record<string, string>): void;
  responded(status: number): void;
  failed(errorType: string): void;
}

/**
 * Starts a CLIENT span for one request as a child of the active span (OpenTelemetry semantic conventions for HTTP).
 * Without a tracer, the active trace context is propagated unchanged.
 */
export function startClientSpan(
  tracer: Tracer | undefined,
  { method, target, resend }: { method: string; target: Target; resend: number },
): ClientSpan {
  const { hostname, port, protocol } = new URL(target.origin);
  const span: Span | undefined = tracer?.startSpan(method, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'url.full': `${target.origin}${target.path}`,
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
      ...(resend > 0 && { 'http.request.resend_count': resend }),
    },
  });
  const active = span === undefined ? context.active() : trace.setSpan(context.active(), span);
  return {
    inject: (headers) => propagation.inject(active, headers),
    responded(status) {
      span?.setAttribute('http.response.status_code', status);
      // For a client, unlike a server, 4xx is an error too.
      if (status >= 400) {
        span?.setAttribute('error.type', String(status));
        span?.setStatus({ code: SpanStatusCode.ERROR });
      }
      span?.end();
    },
    failed(errorType) {
      span?.setAttribute('error.type', errorType);
      span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
    },
  };
}
