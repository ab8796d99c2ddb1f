import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { addAccessControl } from './access/access.ts';
import { addCors } from './access/cors.ts';
import { createAdmission } from './admission/admission.ts';
import { createOverload } from './admission/overload.ts';
import { defaultBodyMemory } from './body/body-memory.ts';
import { createBodyReader } from './body/body-reader.ts';
import { createClients } from './clients/clients.ts';
import { createClientErrorHandler } from './connection/client-error.ts';
import { ListenError } from './connection/listen-error.ts';
import { createListener } from './connection/listener.ts';
import { acceptWaiting } from './connection/node/accept-queue.ts';
import { type Connections, followConnections } from './connection/node/connections.ts';
import { createUnreadBodies } from './connection/unread-bodies.ts';
import { createExchanges, type Exchange, type Outcome } from './exchange/exchange.ts';
import { requestIdFrom } from './exchange/request-id.ts';
import { createUnmatchedRoutes } from './exchange/route.ts';
import { createConnectionAge } from './limits/connection-age.ts';
import { enforceTimeLimits } from './limits/time-limits.ts';
import { createErrorHandler } from './problem/error-handler.ts';
import { problemSchema } from './problem/problem-schema.ts';
import { addRequestHooks } from './request-hooks.ts';
import { createAllowedMethods } from './routing/allowed-methods.ts';
import { rejectEmptyParameters } from './routing/empty-parameters.ts';
import { notFoundHandler } from './routing/not-found.ts';
import { DEFAULTS, type HttpServerDependencies, type HttpServerOptions } from './server-options.ts';
import { createLazyLogger } from './telemetry/lazy-logger.ts';
import { QuietLogController } from './telemetry/log-controller.ts';
import { createServerSpans } from './telemetry/server-spans.ts';
import { requireBoundedSchemas } from './validation/bounded-schemas.ts';
import { schemaController } from './validation/validation.ts';

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
  readonly listening: boolean;
  /** The address that is listened on; undefined before {@link listen}. */
  address(): AddressInfo | undefined;
  /** @throws {ListenError} when the address cannot be had. */
  listen(): Promise<void>;
  /** From now on answers carry `Connection: close`, while everything is served as before. */
  drain(): void;
  /**
   * Stops listening and waits for the requests in flight. When `signal` aborts, what is left is cut and counted, and
   * the promise resolves.
   */
  close(signal?: AbortSignal): Promise<void>;
}

/** Node then listens on `::`, or on 0.0.0.0 where the machine has no IPv6. */
const ANY_ADDRESS = '';

export function createHttpServer(given: HttpServerOptions, dependencies: HttpServerDependencies): HttpServer {
  const { logger, metrics, tracer, accessLog, rateLimit, access, tls } = dependencies;
  const options = { ...DEFAULTS, ...given };
  const { name, host, port } = options;
  const unmatched = createUnmatchedRoutes(metrics);
  const spans = tracer && createServerSpans(tracer);
  const probes = new Set<string>();
  const exchanges = createExchanges({
    scheme: tls ? 'https' : 'http',
    unmatched,
    spans,
    isProbe: (target) => probes.has(target.split(/[?#]/, 1)[0] ?? ''),
    onEnd,
  });
  const overload = options.overload && createOverload(options.overload, logger);
  const trustsProxies = options.trustProxy.length > 0;
  const clients = createClients({ trustsProxies });
  const admission = createAdmission(options, { exchanges, clients, metrics, overload, rateLimit });
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
  let connections: Connections | undefined;
  let state: 'serving' | 'draining' | 'closing' = 'serving';

  function onEnd(exchange: Exchange, outcome: Outcome): void {
    bodyReader.release(exchange);
    admission.release(exchange);
    clients.release(exchange);
    if (!exchange.request.complete && !outcome.aborted) unreadBodies.add(exchange.request);
    if (state === 'closing') setImmediate(() => connections?.closeIfIdle(exchange.request.socket));
    const { route, serverSpan } = exchange;
    const sampled = serverSpan?.span.isRecording() ? serverSpan.spanContext : undefined;
    route.series?.observe(outcome.status, outcome.durationMs / 1000, sampled);
    if (outcome.aborted) metrics?.aborted(outcome.aborted);
    if (exchange.problem !== undefined) metrics?.problem(route.handler, exchange.problem);
    spans?.end(exchange, outcome);
    if (accessLog && !route.probe) accessLog(exchange, outcome);
  }

  function onUntrustedProxy(): void {
    logger.warn('X-Forwarded-For was sent, but http.trustProxy is empty: all clients behind the proxy count as one');
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
      onRefused({ status, code }, requestId, socket) {
        const { handler, series } = unmatched('_OTHER');
        series?.observe(status, 0);
        metrics?.problem(handler, code);
        logger.info(
          { status, problem: code, request_id: requestId, remote_address: socket.remoteAddress },
          'request refused unparsed',
        );
      },
    }),
    loggerInstance,
    logController: new QuietLogController({ requestIdLogLabel: 'request_id' }),
    requestIdHeader: false,
    genReqId: (request) => exchanges.of(request)?.id ?? requestIdFrom(request.headers['x-request-id']),
    trustProxy: trustsProxies ? [...options.trustProxy] : false,
    bodyLimit: options.bodyLimit,
    // While it drains the service answers as ever: Fastify would send 503 to what still arrives on open connections.
    return503OnClosing: false,
    schemaController,
    frameworkErrors: handleError,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.addSchema(problemSchema);
  app.setErrorHandler(handleError);
  const respondNotFound = notFoundHandler(allowedMethods);
  app.setNotFoundHandler(respondNotFound);
  bodyReader.install(app);
  addCors(app, options.cors, allowedMethods);
  // Each of these puts its hook in front of those before it. So a request meets them from the last to the first: its route
  // becomes known, that a refusal is counted for it; then comes the cheap question, whether there is room; then who asks.
  addAccessControl(app, access);
  requireBoundedSchemas(app);
  rejectEmptyParameters(app);
  admission.guardRoutes(app);
  addRequestHooks(app, {
    exchanges,
    metrics,
    allowedMethods,
    trustsProxies,
    onProbeRoute: (url) => probes.add(url),
    isDraining: () => state !== 'serving',
    isWorn: createConnectionAge(options),
  });
  admission.guardUnmatched(app, respondNotFound);
  const stopEnforcing = enforceTimeLimits(options, { exchanges, admission, bodyReader, unreadBodies });
  app.addHook('onClose', async () => stopEnforcing());
  metrics?.watchInFlight(() => exchanges.open.length);

  return {
    app,
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
      // Fastify has not been told that the server it was given speaks TLS. All addresses include the loopback one.
      const shown = (address: string) =>
        (tls ? address.replace(/^http:/, 'https:') : address).replace('[::]', '127.0.0.1');
      try {
        await app.listen({
          host: host === '::' ? ANY_ADDRESS : host,
          port,
          listenTextResolver: (address) => `${name} listening at ${shown(address)}`,
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
      const cut = () => connections?.cut();
      signal?.addEventListener('abort', cut, { once: true });
      try {
        const closed = app.close();
        if (signal?.aborted) cut();
        await closed;
        // The last connection is gone before the last exchange has heard of it.
        await exchanges.settled();
      } finally {
        tls?.stop();
        signal?.removeEventListener('abort', cut);
      }
    },
  };
}
