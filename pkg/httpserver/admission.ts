import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { Exchange, Exchanges } from './exchange.ts';
import type { HttpMetrics } from './http-metrics.ts';
import type { Overload } from './overload.ts';
import type { ProblemOptions } from './problem.ts';
import { sendProblem } from './problem-reply.ts';
import { problemResponses } from './problem-schema.ts';
import type { RateLimit } from './rate-limit.ts';

export type Rejection = 'overloaded' | 'concurrency' | 'rate_limit';

export interface AdmissionOptions {
  /** Requests served at the same time; 0: no limit. */
  maxConcurrent: number;
}

export interface AdmissionDependencies {
  exchanges: Exchanges;
  metrics: HttpMetrics | undefined;
  overload: Overload | undefined;
  rateLimit: RateLimit | undefined;
}

export interface Admission {
  /** Puts the refusals in front of every route that is added to `app` from now on, except probes. */
  guardRoutes(app: Pick<FastifyInstance, 'addHook'>): void;
  /** To be told of the end of every exchange. */
  release(exchange: Exchange): void;
}

/** Seconds: long enough to take the load away, and an overload seldom lasts longer once part of it is refused. */
const RETRY_AFTER = '1';

const OVERLOADED: ProblemOptions = {
  status: 503,
  code: 'overloaded',
  detail: 'The service has more to do than it can: try again later.',
  headers: { 'retry-after': RETRY_AFTER },
};

const RATE_LIMITED: ProblemOptions = {
  status: 429,
  code: 'rate_limited',
  detail: 'Too many requests from this address: try again later.',
};

/**
 * Decides, before a body is read, whether a request is served. What is refused costs as little as an answer can, is
 * counted and logged like any other, and does not count against the client's rate limit when it was not its fault.
 */
export function createAdmission(
  { maxConcurrent }: AdmissionOptions,
  { exchanges, metrics, overload, rateLimit }: AdmissionDependencies,
): Admission {
  let served = 0;

  function admit(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const exchange = exchanges.of(request.raw);
    const rejection = exchange && rejectionOf(exchange, request, reply);
    if (rejection) {
      metrics?.rejected(rejection);
      sendProblem(reply, rejection === 'rate_limit' ? RATE_LIMITED : OVERLOADED);
    } else {
      if (exchange) {
        exchange.admitted = true;
        served += 1;
      }
      done();
    }
  }

  /** The cheapest question first. */
  function rejectionOf(exchange: Exchange, request: FastifyRequest, reply: FastifyReply): Rejection | undefined {
    const now = exchange.startedAt;
    if (overload?.refuses(now, served)) return 'overloaded';
    if (maxConcurrent > 0 && served >= maxConcurrent) return 'concurrency';
    if (rateLimit?.policy === undefined) return undefined;
    const { allowed, remaining, resetSeconds } = rateLimit.take(request.ip, now);
    reply.header('ratelimit-policy', rateLimit.policy);
    reply.header('ratelimit', `"default";r=${remaining};t=${resetSeconds}`);
    if (allowed) return undefined;
    reply.header('retry-after', String(resetSeconds));
    return 'rate_limit';
  }

  return {
    guardRoutes(app) {
      if (!overload && !rateLimit && maxConcurrent === 0) return;
      app.addHook('onRoute', (options) => {
        if (options.config?.probe) return;
        const others = options.onRequest ?? [];
        options.onRequest = [admit, ...(Array.isArray(others) ? others : [others])];
        if (options.schema) options.schema = withRefusals(options.schema);
      });
      // What matches no route has no route's hooks: a scanner is refused like anybody else.
      app.addHook('onRequest', (request, reply, done) => {
        if (request.is404) admit(request, reply, done);
        else done();
      });
    },
    release(exchange) {
      if (exchange.admitted) served -= 1;
    },
  };
}

/** Any route may answer so, hence its documentation says it. */
function withRefusals(schema: FastifySchema): FastifySchema {
  const { response } = schema;
  if (typeof response !== 'object' || response === null) return schema;
  return { ...schema, response: { ...problemResponses(429, 503), ...response } };
}
