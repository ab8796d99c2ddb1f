import type { FastifyInstance } from 'fastify';
import type { AllowedMethods } from './allowed-methods.ts';

export interface CorsOptions {
  /** Origins whose pages may call, to the letter: `https://app.example.com`. None: no page of another origin may. */
  origins: readonly string[];
}

/** How long a browser may remember the answer to a preflight, in seconds. */
const MAX_AGE_S = '600';
const REQUEST_HEADERS = 'authorization, content-type, if-match, if-none-match, x-request-id, traceparent';
const RESPONSE_HEADERS = 'etag, location, retry-after, x-request-id';

/**
 * Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol) from a list of origins. Cookies are never
 * allowed: who asks is told by a bearer token, which a page has to put there itself.
 */
export function addCors(app: FastifyInstance, { origins }: CorsOptions, allowedMethods: AllowedMethods): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    reply.header('vary', 'origin');
    if (origin === undefined || !allowed.has(origin)) return done();
    reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': RESPONSE_HEADERS });
    reply.header('cross-origin-resource-policy', 'cross-origin');
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return done();
    // The preflight has no credentials, so it is answered before anybody asks for them. It does nothing.
    reply.headers({
      'access-control-allow-methods': allowedMethods.of(request.url).join(', '),
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': MAX_AGE_S,
    });
    reply.code(204).send();
  });
}
