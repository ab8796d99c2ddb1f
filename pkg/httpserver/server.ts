import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { addCaller } from './access/access.ts';
import { createAudit } from './access/audit.ts';
import { requireDeclaredAccess } from './access/declared-access.ts';
import { createAdmission } from './admission/admission.ts';
import { createOverload } from './admission/overload.ts';
import { defaultBodyMemory } from './body/body-memory.ts';
import { createBodyReader } from './body/body-reader.ts';
import { createClients } from './clients/clients.ts';
import { createClientErrorHandler } from './connection/client-error.ts';
import { type Connections, followConnections } from './connection/connections.ts';
import { ListenError } from './connection/listen-error.ts';
import { createListener } from './connection/listener.ts';
import { acceptWaiting } from './connection/node/accept-queue.ts';
import { closeRequest } from './connection/node/close-request.ts';
import { createUnreadBodies } from './connection/unread-bodies.ts';
import { type Exchange, exchangeOf, type Outcome } from './exchange/exchange.ts';
import { createExchanges } from './exchange/exchanges.ts';
import { requestIdFrom } from './exchange/request-id.ts';
import { createUnmatchedRoutes } from './exchange/route.ts';
import { createConnectionAge } from './limits/connection-age.ts';
import { enforceTimeLimits } from './limits/time-limits.ts';
import { createErrorHandler } from './problem/error-handler.ts';
import { problemSchema } from './problem/problem-schema.ts';
import { addRequestHooks } from './request-hooks.ts';
import { createAllowedMethods } from './routing/allowed-methods.ts';
import { notFoundHandler } from './routing/not-found.ts';
import { DEFAULTS, type HttpServerDependencies, type HttpServerOptions } from './server-options.ts';
import { QuietLogController } from './telemetry/access-log.ts';
import { createLazyLogger } from './telemetry/lazy-logger.ts';
import { createServerSpans } from './telemetry/server-spans.ts';
import { requireBoundedSchemas } from './validation/bounded-schemas.ts';
import type { RouteSchema } from './validation/precompiled.ts';
import { createSchemaController } from './validation/validation.ts';

export type HttpApp = FastifyInstance<
  Server,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface HttpServer {
  /** Routes and plugins are added here, before {@link listen}. */
  readonly app: HttpApp;
  /** Completes the registration of the routes and returns all their schemas. */
  schemas(): Promise<readonly RouteSchema[]>;
  readonly listening: boolean;
  /** The address that the server listens on; undefined before {@link listen}. */
  address(): AddressInfo | undefined;
  /** @throws {ListenError} if the server cannot listen on its address. */
  listen(): Promise<void>;
  /** From now on responses have `Connection: close`. Requests are served as before. */
  drain(): void;
  /**
   * Stops listening and waits for the requests in flight. When `signal` aborts, the remaining connections are closed,
   * their requests are counted as aborted, and the promise resolves.
   */
  close(signal?: AbortSignal): Promise<void>;
}

/** Node then listens on `::`, or on 0.0.0.0 if the machine has no IPv6. */
const ANY_ADDRESS = '';

export function createHttpServer(settings: HttpServerOptions, dependencies: HttpServerDependencies): HttpServer {
  const { logger, metrics, tracer, accessLog, audit, rateLimit, access, tls } = dependencies;
  const options = { ...DEFAULTS, ...settings };
  const { name, host, port } = options;
  const unmatched = createUnmatchedRoutes(metrics);
  const spans = tracer && createServerSpans(tracer);
  const probes: string[] = [];
  const exchanges = createExchanges({
    scheme: tls ? 'https' : 'http',
    unmatched,
    startSpan: spans?.start,
    isProbe: (target) => probes.some((path) => hasPath(target, path)),
    onEnd,
  });
  const overload = options.overload && createOverload(options.overload, logger);
  const trustsProxies = options.trustProxy.length > 0;
  const clients = createClients({ trustsProxies });
  const admission = createAdmission(options, { clients, metrics, overload, rateLimit });
  const bodyReader = createBodyReader(
    {
      ...options,
      bodyMemory: options.bodyMemory || defaultBodyMemory(options.bodyLimit),
      deadlineMs: options.handlerTimeoutMs,
    },
    { exchanges, clients, onMemoryExhausted: () => metrics?.rejected('body_memory') },
  );
  const unreadBodies = createUnreadBodies();
  const allowedMethods = createAllowedMethods();
  const handleError = createErrorHandler();
  const loggerInstance: FastifyBaseLogger = createLazyLogger(logger);
  const schemaController = createSchemaController();
  let connections: Connections | undefined;
  let state: 'serving' | 'draining' | 'closing' = 'serving';

  /** Runs at the end of every request, however it ended. */
  function onEnd(exchange: Exchange, outcome: Outcome): void {
    if (outcome.aborted) closeRequest(exchange.request);
    bodyReader.release(exchange);
    admission.release(exchange);
    clients.release(exchange);
    if (!exchange.request.complete && !outcome.aborted) unreadBodies.add(exchange.request);
    if (state === 'closing') connections?.closeIfIdle(exchange.request.socket);
    const { route, serverSpan } = exchange;
    const sampled = serverSpan?.span.isRecording() ? serverSpan.spanContext : undefined;
    route.series?.observe(outcome.status, outcome.durationMs / 1000, sampled);
    if (outcome.aborted) metrics?.aborted(outcome.aborted);
    if (exchange.problem !== undefined) metrics?.problem(route.handler, exchange.problem);
    spans?.end(exchange, outcome);
    if (accessLog && !route.probe) accessLog(exchange, outcome);
  }

  function onUntrustedProxy(): void {
    logger.warn('X-Forwarded-For received, but http.trustProxy is empty: all clients behind the proxy count as one');
  }

  const app = fastify({
    serverFactory(handler) {
      const server = createListener(handler, options, {
        exchanges,
        onConnectionDropped: () => metrics?.connectionDropped(),
        ...(!trustsProxies && { onUntrustedProxy }),
        tls: tls?.serverOptions,
      });
      connections = followConnections(server, exchanges, {
        evictOver: options.closeOverLimit === 'oldest' ? options.maxConnections : 0,
        onEvicted: () => metrics?.connectionDropped(),
      });
      return server;
    },
    clientErrorHandler: createClientErrorHandler({
      exchanges,
      unreadBodies,
      onRejected({ status, code }, requestId, socket) {
        const { handler, series } = unmatched('_OTHER');
        series?.observe(status, 0);
        metrics?.problem(handler, code);
        logger.info(
          { status, problem: code, request_id: requestId, remote_address: socket.remoteAddress },
          'rejected a request that cannot be parsed',
        );
      },
    }),
    loggerInstance,
    logController: new QuietLogController({ requestIdLogLabel: 'request_id' }),
    requestIdHeader: false,
    genReqId: (request) => exchangeOf(request)?.id ?? requestIdFrom(request.headers['x-request-id']),
    trustProxy: trustsProxies ? [...options.trustProxy] : false,
    bodyLimit: options.bodyLimit,
    // While draining, requests are served as before: Fastify would respond 503 to requests on open connections.
    return503OnClosing: false,
    schemaController,
    frameworkErrors: handleError,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.addSchema(problemSchema);
  app.setErrorHandler(handleError);
  const respondNotFound = notFoundHandler(allowedMethods);
  app.setNotFoundHandler(respondNotFound);
  addCaller(app);
  requireDeclaredAccess(app, access);
  requireBoundedSchemas(app);
  addRequestHooks(
    app,
    { trustsProxies, cors: options.cors },
    {
      exchanges,
      metrics,
      allowedMethods,
      respondNotFound,
      admission,
      access,
      bodyReader,
      audit: audit && createAudit(audit),
      onProbeRoute: (url) => void probes.push(url),
      isDraining: () => state !== 'serving',
      isWorn: createConnectionAge(options),
    },
  );
  const stopEnforcing = enforceTimeLimits(options, { exchanges, admission, bodyReader, unreadBodies });
  app.addHook('onClose', async () => stopEnforcing());
  metrics?.watchInFlight(() => exchanges.open.length);

  return {
    app,
    async schemas() {
      await app.ready();
      return schemaController.schemas;
    },
    get listening() {
      return app.server.listening;
    },
    address() {
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address : undefined;
    },
    async listen() {
      await app.ready();
      if (app.server instanceof TlsServer) tls?.start(app.server);
      // Fastify does not know that the server uses TLS. A URL with [::] cannot be opened; one with 127.0.0.1 can.
      const displayUrl = (address: string) =>
        (tls ? address.replace(/^http:/, 'https:') : address).replace('[::]', '127.0.0.1');
      try {
        await app.listen({
          host: host === '::' ? ANY_ADDRESS : host,
          port,
          listenTextResolver: (address) => `${name} listening at ${displayUrl(address)}`,
        });
      } catch (cause) {
        tls?.stop();
        throw new ListenError(name, host, port, cause);
      }
    },
    drain() {
      if (state === 'serving') state = 'draining';
    },
    async close(signal) {
      state = 'closing';
      await acceptWaiting(app.server, signal);
      const closeAll = () => connections?.closeAll();
      signal?.addEventListener('abort', closeAll, { once: true });
      try {
        const closed = app.close();
        if (signal?.aborted) closeAll();
        await closed;
        // The last connection closes before the end of its exchange is handled.
        await exchanges.settled();
      } finally {
        tls?.stop();
        signal?.removeEventListener('abort', closeAll);
      }
    },
  };
}

/** Whether the path of a request target is `path`, whatever its query. */
function hasPath(target: string, path: string): boolean {
  return target.startsWith(path) && (target.length === path.length || '?#'.includes(target.charAt(path.length)));
}
