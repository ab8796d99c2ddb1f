import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { CATCH_ALL } from '../exchange/route.ts';
import type { AllowedMethods } from '../routing/allowed-methods.ts';

export interface CorsOptions {
  /**
   * Origins whose pages may call the service, compared exactly: `https://app.example.com`. If empty, no other origin
   * may.
   */
  origins: readonly string[];
}

/** How long a browser may cache the response to a preflight, in seconds. */
const MAX_AGE_S = 600;
const REQUEST_HEADERS = 'authorization, content-type, if-match, if-none-match, x-request-id, traceparent';
const RESPONSE_HEADERS = 'etag, location, retry-after, x-request-id';

/**
 * Allows cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol) from a list of origins. Cookies are
 * never allowed: callers authenticate with a bearer token, which a page must add itself.
 */
export function addCors(app: FastifyInstance, { origins }: CorsOptions, allowedMethods: AllowedMethods): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  // The plugin only adds `OPTIONS *`, which handles preflights before authentication.
  app.addHook('onRoute', (route) => {
    if (route.url === CATCH_ALL && route.method === 'OPTIONS') route.config = { ...route.config, access: 'public' };
  });
  app.register(cors, {
    delegator(request, done) {
      const { origin } = request.headers;
      // Any other OPTIONS request gets the same response as without CORS.
      const preflight = request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
      done(null, {
        origin: origin !== undefined && allowed.has(origin) && origin,
        preflight,
        methods: preflight ? allowedMethods.of(request.url) : [],
        allowedHeaders: REQUEST_HEADERS,
        exposedHeaders: RESPONSE_HEADERS,
        maxAge: MAX_AGE_S,
        // The plugin sends Content-Length: 0, which a 204 must not have (RFC 9110 §8.6).
        optionsSuccessStatus: 200,
      });
    },
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (allowed.has(request.headers.origin ?? '')) reply.header('cross-origin-resource-policy', 'cross-origin');
    done();
  });
}
