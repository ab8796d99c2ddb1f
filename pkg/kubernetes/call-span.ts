import { context, propagation, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { type Call, METHODS, pathOf } from './call.ts';

export interface CallSpan {
  /** Adds the trace context with the registered propagator, if there is one. */
  inject(headers: Record<string, string>): void;
  /** `error` is the type of the error, if the call failed. */
  end(status: number, error?: string): void;
}

/** Starts a CLIENT span for one request (OpenTelemetry semantic conventions for HTTP). */
export function startCallSpan(tracer: Tracer | undefined, server: URL, call: Call): CallSpan {
  const method = METHODS[call.verb];
  const template = pathOf({ ...call, namespace: call.namespace && '{namespace}', name: call.name && '{name}' });
  const span = tracer?.startSpan(`${method} ${decodeURIComponent(template)}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'url.full': `${server.origin}${pathOf(call)}`,
      'url.template': decodeURIComponent(template),
      'server.address': server.hostname,
      'server.port': Number(server.port) || (server.protocol === 'https:' ? 443 : 80),
    },
  });
  const active = span === undefined ? context.active() : trace.setSpan(context.active(), span);
  return {
    inject: (headers) => propagation.inject(active, headers),
    end(status, error) {
      if (status > 0) span?.setAttribute('http.response.status_code', status);
      if (error !== undefined) {
        span?.setAttribute('error.type', error);
        span?.setStatus({ code: SpanStatusCode.ERROR });
      }
      span?.end();
    },
  };
}
