import type { IncomingMessage } from 'node:http';
import { type Context, INVALID_TRACEID, propagation, ROOT_CONTEXT, SpanKind, type Tracer } from '@opentelemetry/api';
import { endRequestSpan } from '../../tracing/request-span.ts';
import type { Exchange, Outcome, ServerSpan } from '../exchange/exchange.ts';
import { pathOf } from './access-log.ts';
import { HandlerContext } from './handler-context.ts';

export interface ServerSpans {
  /** Returns undefined if the tracer does not trace this request: its span has no ids. */
  start(request: IncomingMessage): ServerSpan | undefined;
  end(exchange: Exchange, outcome: Outcome): void;
}

/**
 * Creates one SERVER span per request, by OpenTelemetry's semantic conventions for HTTP. It is a child of the caller's
 * span if the headers name one, and active while the request is handled, so that spans of libraries are its children.
 */
export function createServerSpans(tracer: Tracer): ServerSpans {
  // Read once: the propagator is registered before the first listener opens.
  const propagated = propagation.fields();

  function parentOf(request: IncomingMessage): Context {
    const { headers } = request;
    return propagated.some((field) => headers[field] !== undefined)
      ? propagation.extract(ROOT_CONTEXT, headers)
      : ROOT_CONTEXT;
  }

  return {
    start(request) {
      const parent = parentOf(request);
      const span = tracer.startSpan(request.method ?? '', { kind: SpanKind.SERVER }, parent);
      const serverSpan = new HandlerContext(parent, span);
      return serverSpan.spanContext.traceId === INVALID_TRACEID ? undefined : serverSpan;
    },

    end(exchange, outcome) {
      const span = exchange.serverSpan?.span;
      if (!span?.isRecording()) return;
      // A probe whose path only the router recognizes, percent-encoded for example. A span that never ends is not exported.
      if (exchange.route.probe) return;
      const errorType = errorTypeOf(outcome);
      const attributes = attributesOf(exchange, outcome);
      if (errorType !== undefined) attributes['error.type'] = errorType;
      endRequestSpan(span, { name: nameOf(exchange), attributes, isError: errorType !== undefined });
    },
  };
}

function nameOf({ request, route }: Exchange): string {
  if (route.template !== undefined) return `${route.method} ${route.template}`;
  return route.method === '_OTHER' ? 'HTTP' : (request.method ?? '');
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
  if (route.method === '_OTHER') attributes['http.request.method_original'] = request.method ?? '';
  if (userAgent !== undefined) attributes['user_agent.original'] = userAgent;
  if (host !== undefined) {
    const [, address = host, port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
    attributes['server.address'] = address;
    if (port !== undefined) attributes['server.port'] = Number(port);
  }
  return attributes;
}

/** Only the server's own failures are errors: 5xx, and responses that it aborted. A client may disconnect. */
function errorTypeOf({ status, aborted }: Outcome): string | undefined {
  if (status >= 500) return String(status);
  return aborted === undefined || aborted === 'client' ? undefined : aborted;
}
