import type { IncomingMessage } from 'node:http';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Exchange, Outcome } from '../exchange/exchange.ts';
import { pathOf } from './request-path.ts';

/** The span of a request and the context that its handler runs in. */
export interface ServerSpan {
  readonly span: Span;
  readonly spanContext: SpanContext;
  run(handler: () => void): void;
}

export interface ServerSpans {
  begin(request: IncomingMessage): ServerSpan;
  end(exchange: Exchange, outcome: Outcome): void;
}

/**
 * One SERVER span for each request, by OpenTelemetry's semantic conventions for HTTP: below the caller's span where
 * its headers name one, and active while the request is handled, so that what a library traces is its child.
 */
export function createServerSpans(tracer: Tracer): ServerSpans {
  // Asked once: the propagator is registered before the first listener opens.
  const propagated = propagation.fields();

  function parentOf(request: IncomingMessage): Context {
    const { headers } = request;
    return propagated.some((field) => headers[field] !== undefined)
      ? propagation.extract(ROOT_CONTEXT, headers)
      : ROOT_CONTEXT;
  }

  return {
    begin(request) {
      const parent = parentOf(request);
      const span = tracer.startSpan(request.method ?? '', { kind: SpanKind.SERVER }, parent);
      const active = trace.setSpan(parent, span);
      return { span, spanContext: span.spanContext(), run: (handler) => context.with(active, handler) };
    },

    end(exchange, outcome) {
      const span = exchange.serverSpan?.span;
      if (!span?.isRecording()) return;
      const { request, route } = exchange;
      // A probe whose path was spelled in a way that only the router recognizes. A span that never ends is not exported.
      if (route.probe) return;
      span.setAttributes(attributesOf(exchange, outcome));
      if (route.template !== undefined) span.updateName(`${route.method} ${route.template}`);
      else if (route.method === '_OTHER') span.updateName('HTTP');
      const errorType = errorTypeOf(outcome);
      if (errorType !== undefined) {
        span.setAttribute('error.type', errorType);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      if (route.method === '_OTHER') span.setAttribute('http.request.method_original', request.method ?? '');
      span.end();
    },
  };
}

function attributesOf(exchange: Exchange, outcome: Outcome): Record<string, string | number> {
  const { request, route, clientAddress } = exchange;
  const { host, 'user-agent': userAgent } = request.headers;
  const attributes: Record<string, string | number> = {
    'http.request.method': route.method,
    'url.path': pathOf(request.url ?? ''),
    'url.scheme': exchange.scheme,
    'network.protocol.version': request.httpVersion,
    'client.address': clientAddress,
  };
  if (outcome.status !== 499) attributes['http.response.status_code'] = outcome.status;
  if (route.template !== undefined) attributes['http.route'] = route.template;
  if (userAgent !== undefined) attributes['user_agent.original'] = userAgent;
  if (host !== undefined) {
    const [, address = host, port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
    attributes['server.address'] = address;
    if (port !== undefined) attributes['server.port'] = Number(port);
  }
  return attributes;
}

/** Only what the server is to blame for is an error: 5xx, and answers that were cut by it. A client may leave. */
function errorTypeOf({ status, aborted }: Outcome): string | undefined {
  if (status >= 500) return String(status);
  return aborted === undefined || aborted === 'client' ? undefined : aborted;
}
