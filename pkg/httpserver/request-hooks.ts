import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, onRequestHookHandler, RouteOptions } from 'fastify';
import { type AccessControl, checkAccess } from './access/access.ts';
import type { Audit } from './access/audit.ts';
import { addCors, type CorsOptions } from './access/cors.ts';
import { type Admission, documentRejections } from './admission/admission.ts';
import type { BodyReader } from './body/body-reader.ts';
import { closeLingering } from './connection/node/lingering-close.ts';
import { closeUnread, leavesBodyUnread } from './connection/unread-bodies.ts';
import { type Exchange, exchangeOf } from './exchange/exchange.ts';
import type { Exchanges } from './exchange/exchanges.ts';
import { CATCH_ALL, createRoute, templateOf } from './exchange/route.ts';
import type { AllowedMethods } from './routing/allowed-methods.ts';
import { hasEmptyParameter, hasNamedParameter, rejectEmptyParameters } from './routing/empty-parameters.ts';
import type { NotFoundHandler } from './routing/not-found.ts';
import type { HttpMetrics } from './telemetry/http-metrics.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Marks a route that monitoring polls: its requests are not logged, not traced and never rejected for load. */
    probe?: boolean;
  }
}

export interface RequestHooksOptions {
  trustsProxies: boolean;
  cors: CorsOptions;
}

export interface RequestHooksDependencies {
  exchanges: Exchanges;
  metrics: HttpMetrics | undefined;
  allowedMethods: AllowedMethods;
  respondNotFound: NotFoundHandler;
  admission: Admission;
  access: AccessControl | undefined;
  bodyReader: BodyReader;
  audit: Audit | undefined;
  /** Receives the URL of each probe's route. */
  onProbeRoute(url: string): void;
  isDraining(): boolean;
  /** Counts a response of the connection. Returns true if the connection has been used long enough at this time. */
  isWorn: ((socket: Socket, now: number) => boolean) | undefined;
}

/**
 * Adds the hooks that run between the listener (`connection/listener.ts`) and the end of the exchange (`onEnd` in
 * `server.ts`), in the order in which they run. Within the server, no other file adds hooks to requests, except the
 * CORS plugin. Hooks that a plugin or a route adds for itself run after those of the same stage.
 */
export function addRequestHooks(
  app: FastifyInstance,
  { trustsProxies, cors }: RequestHooksOptions,
  dependencies: RequestHooksDependencies,
): void {
  const { admission, access, bodyReader, audit, respondNotFound } = dependencies;

  // 1. Every request, with or without a route. The CORS plugin responds to preflight requests.
  addCors(app, cors, dependencies.allowedMethods);
  if (trustsProxies) app.addHook('onRequest', recordClientAddress);

  // 2. A request without a route gets its response here, before its body is read. It passes admission like any other, so
  //    that a scanner does not get around the limits.
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) done();
    else if (admission.isLimited) admission.admit(request, reply, () => respondNotFound(request, reply));
    else respondNotFound(request, reply);
  });

  // 3. A request with a route.
  app.addHook('onRoute', (route) => {
    const isLimited = admission.isLimited && route.config?.probe !== true;
    route.onRequest = [
      // First, so that the request is counted for its route even if a later hook rejects it.
      enterRoute(route, dependencies),
      // The cheapest check first: load, then a token.
      ...(isLimited ? [admission.admit] : []),
      ...(hasNamedParameter(route.url) ? [rejectEmptyParameters] : []),
      ...(access ? [checkAccess(route, access)] : []),
      ...[route.onRequest ?? []].flat(),
    ];
    // The body is read only now (4).
    route.preValidation = [
      ...(isLimited && mayHaveBody(route) ? [admission.serve] : []),
      ...[route.preValidation ?? []].flat(),
    ];
    // Then come validation by the route's schema, the handler, and the `onSend` hook of every response (5).
    const record = audit?.(route);
    route.onSend = [...[route.onSend ?? []].flat(), ...(record ? [record] : [])];
    if (isLimited && route.schema) route.schema = documentRejections(route.schema);
  });

  // 4. The body of an admitted request.
  bodyReader.install(app);

  // 5. Every response, when its head is complete except for what the listener adds.
  app.addHook('onSend', (request, reply, payload, done) => {
    const exchange = exchangeOf(request.raw);
    if (exchange) {
      exchange.isSending = true;
      measure(exchange, request.method, payload);
      closeAfterResponse(exchange, reply, dependencies);
    } else {
      // `app.inject`: the response does not come from the listener, which adds this header.
      reply.header('x-request-id', request.id);
    }
    done();
  });
}

const recordClientAddress: onRequestHookHandler = (request, _reply, done) => {
  const exchange = exchangeOf(request.raw);
  if (exchange) exchange.clientAddress = request.ip;
  done();
};

/** Registers a route for telemetry and for `Allow`. Returns the hook that sets it as the route of an exchange. */
function enterRoute(
  { url, method, config }: RouteOptions,
  { metrics, allowedMethods, onProbeRoute }: RequestHooksDependencies,
): onRequestHookHandler {
  const isCatchAll = url === CATCH_ALL;
  if (!isCatchAll) allowedMethods.add(method, url);
  const template = isCatchAll ? undefined : templateOf(url);
  const hasParameters = template !== undefined && template !== url;
  const probe = config?.probe === true;
  if (probe) onProbeRoute(url);
  const routes = new Map(
    [method].flat().map((each) => [each, createRoute({ method: each, template, probe }, metrics)]),
  );

  return (request, reply, done) => {
    const exchange = exchangeOf(request.raw);
    const route = routes.get(request.method);
    if (exchange && route) {
      if (!hasParameters || !hasEmptyParameter(request.params)) exchange.route = route;
      exchange.reply = reply;
    }
    done();
  };
}

/** Methods whose body Fastify does not read. */
const BODYLESS: readonly string[] = ['GET', 'HEAD', 'TRACE'];

function mayHaveBody({ method }: RouteOptions): boolean {
  return [method].flat().some((each) => !BODYLESS.includes(each));
}

function measure(exchange: Exchange, method: string, payload: unknown): void {
  if (payload === undefined || payload === null || method === 'HEAD') return;
  if (typeof payload === 'string') exchange.bodyBytes = Buffer.byteLength(payload);
  else if (Buffer.isBuffer(payload)) exchange.bodyBytes = payload.length;
  else exchange.streamedFrom = exchange.request.socket.bytesWritten;
}

/** Makes this the last response of its connection if the connection must not or should not be used again. */
function closeAfterResponse(
  exchange: Exchange,
  reply: FastifyReply,
  { exchanges, isWorn, isDraining }: RequestHooksDependencies,
): void {
  const { request, startedAt } = exchange;
  const worn = isWorn?.(request.socket, startedAt) === true;
  if (leavesBodyUnread(request)) closeUnread(exchange, exchanges, reply);
  else if (worn || isDraining()) announceClose(exchanges.makeLast(exchange), reply);
  // Fastify closes the connection of a client whose body is too large. The client is still sending it.
  else if (reply.statusCode >= 400 && reply.hasHeader('connection')) closeLingering(request.socket);
}

/**
 * If a client pipelines requests, it resends those that come after a response with `Connection: close`. So only the
 * response to the newest request may have that header. Fastify adds it to every response while it closes; this removes
 * it.
 */
function announceClose(isLast: boolean, reply: FastifyReply): void {
  if (isLast) {
    reply.header('connection', 'close');
    closeLingering(reply.raw.req.socket);
  } else if (reply.raw.hasHeader('connection')) {
    reply.raw.removeHeader('connection');
  }
}
