import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, onRequestHookHandler } from 'fastify';
import { closeLingering } from './connection/node/lingering-close.ts';
import { closeUnread, leavesBodyUnread } from './connection/unread-bodies.ts';
import type { Exchange, Exchanges } from './exchange/exchange.ts';
import { CATCH_ALL, createRoute, templateOf } from './exchange/route.ts';
import type { AllowedMethods } from './routing/allowed-methods.ts';
import { hasEmptyParameter } from './routing/empty-parameters.ts';
import type { HttpMetrics } from './telemetry/http-metrics.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked by machines to learn how the service is: not logged, not traced, never refused for load. */
    probe?: boolean;
  }
}

export interface RequestHooksDependencies {
  exchanges: Exchanges;
  metrics: HttpMetrics | undefined;
  allowedMethods: AllowedMethods;
  trustsProxies: boolean;
  /** Told the URL of each probe's route. */
  onProbeRoute(url: string): void;
  isDraining(): boolean;
  /** Counts a response of the connection; true when it has been used long enough. */
  isWorn: ((socket: Socket) => boolean) | undefined;
}

/** Makes a route's requests known by its template, and puts on every answer what every answer carries. */
export function addRequestHooks(app: Pick<FastifyInstance, 'addHook'>, dependencies: RequestHooksDependencies): void {
  const { exchanges, metrics, allowedMethods } = dependencies;

  app.addHook('onRoute', (options) => {
    const isCatchAll = options.url === CATCH_ALL;
    if (!isCatchAll) allowedMethods.add(options.method, options.url);
    const methods = Array.isArray(options.method) ? options.method : [options.method];
    const template = isCatchAll ? undefined : templateOf(options.url);
    const hasParameters = template !== undefined && template !== options.url;
    const probe = options.config?.probe === true;
    if (probe) dependencies.onProbeRoute(options.url);
    const routes = new Map(methods.map((method) => [method, createRoute({ method, template, probe }, metrics)]));
    const enter: onRequestHookHandler = (request, reply, done) => {
      const exchange = exchanges.of(request.raw);
      const route = routes.get(request.method);
      if (exchange && route) {
        if (!hasParameters || !hasEmptyParameter(request.params)) exchange.route = route;
        exchange.reply = reply;
      }
      done();
    };
    const others = options.onRequest ?? [];
    options.onRequest = [enter, ...(Array.isArray(others) ? others : [others])];
  });

  if (dependencies.trustsProxies) {
    app.addHook('onRequest', (request, _reply, done) => {
      const exchange = exchanges.of(request.raw);
      if (exchange) exchange.clientAddress = request.ip;
      done();
    });
  }

  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id);
    const exchange = exchanges.of(request.raw);
    if (exchange) {
      exchange.isSending = true;
      measure(exchange, request.method, payload);
      const isWorn = dependencies.isWorn?.(request.raw.socket) === true;
      if (leavesBodyUnread(request.raw)) closeUnread(exchange, exchanges, reply);
      else if (isWorn || dependencies.isDraining()) announceClose(exchanges.makeLast(exchange), reply);
      // Fastify ends the connection of a client whose body is too large, and that client is still sending it.
      else if (reply.statusCode >= 400 && reply.hasHeader('connection')) closeLingering(request.raw.socket);
    }
    done();
  });
}

/**
 * A client that pipelines takes `Connection: close` to say that nothing follows, and sends the rest again. So only the
 * answer to the newest request may carry it, and Fastify, which puts it on every answer while it closes, is corrected.
 */
function announceClose(isLast: boolean, reply: FastifyReply): void {
  if (isLast) {
    reply.header('connection', 'close');
    closeLingering(reply.raw.req.socket);
  } else if (reply.raw.hasHeader('connection')) {
    reply.raw.removeHeader('connection');
  }
}

function measure(exchange: Exchange, method: string, payload: unknown): void {
  if (payload === undefined || payload === null || method === 'HEAD') return;
  if (typeof payload === 'string') exchange.bodyBytes = Buffer.byteLength(payload);
  else if (Buffer.isBuffer(payload)) exchange.bodyBytes = payload.length;
  else exchange.streamedFrom = exchange.request.socket.bytesWritten;
}
