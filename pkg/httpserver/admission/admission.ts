import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { type ClientPool, createClientPool } from '../clients/client-pool.ts';
import type { Clients } from '../clients/clients.ts';
import { declaresBody } from '../connection/declared-body.ts';
import type { Exchange, Exchanges, Slot } from '../exchange/exchange.ts';
import type { ProblemOptions } from '../problem/problem.ts';
import { sendProblem } from '../problem/problem-reply.ts';
import { problemResponses } from '../problem/problem-schema.ts';
import type { HttpMetrics } from '../telemetry/http-metrics.ts';
import type { Overload } from './overload.ts';
import type { RateLimit } from './rate-limit.ts';

export type Rejection = 'overloaded' | 'concurrency' | 'client_share' | 'body_memory' | 'rate_limit';

export interface AdmissionOptions {
  /** Requests served at the same time; 0: no limit. */
  maxConcurrent: number;
  /** Part of the slots that one client may take when no other has any. */
  clientShare: number;
}

export interface AdmissionDependencies {
  exchanges: Exchanges;
  clients: Clients;
  metrics: HttpMetrics | undefined;
  overload: Overload | undefined;
  rateLimit: RateLimit | undefined;
}

export interface Admission {
  /** Puts the refusals in front of every route that is added to `app` from now on, except probes. */
  guardRoutes(app: Pick<FastifyInstance, 'addHook'>): void;
  /** Responds with `respond` to what matches no route, before its body is read; a scanner is rejected like anybody else. */
  guardUnmatched(
    app: Pick<FastifyInstance, 'addHook'>,
    respond: (request: FastifyRequest, reply: FastifyReply) => void,
  ): void;
  /** To be told that the response is on its way, and only the client's reading holds it up. */
  handOver(exchange: Exchange): void;
  /** To be told of the end of every exchange. */
  release(exchange: Exchange): void;
}

/** Seconds: long enough to take the load away, and an overload seldom lasts longer once part of it is refused. */
const RETRY_AFTER = '1';

/** Part of `maxConcurrent` that there is for requests whose body is still arriving, on top of those that are served. */
const ARRIVING_SHARE = 0.5;

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
 *
 * A request whose body is still arriving, and one whose response waits for its client to read it, takes no slot of those
 * that are served: a slow client costs nobody else anything. Both have slots of their own.
 */
export function createAdmission(
  { maxConcurrent, clientShare }: AdmissionOptions,
  { exchanges, clients, metrics, overload, rateLimit }: AdmissionDependencies,
): Admission {
  const arriving = createClientPool('arriving', { max: Math.ceil(ARRIVING_SHARE * maxConcurrent), clientShare });
  const served = createClientPool('served', { max: maxConcurrent, clientShare });
  // A response cannot be rejected when it is ready: there has to be room for it when its request is admitted.
  const servedOrSending = createClientPool('servedOrSending', { max: 2 * maxConcurrent, clientShare });
  const POOLS: Record<Slot, readonly ClientPool[]> = {
    arriving: [arriving],
    served: [served, servedOrSending],
    sending: [servedOrSending],
  };

  function admit(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const exchange = exchanges.of(request.raw);
    const slot = request.method !== 'GET' && !request.is404 && declaresBody(request.raw) ? 'arriving' : 'served';
    const rejection = exchange && rejectionOf(exchange, slot, request, reply);
    if (rejection) {
      reject(reply, rejection);
    } else {
      if (exchange) move(exchange, slot);
      done();
    }
  }

  function reject(reply: FastifyReply, rejection: Rejection): void {
    metrics?.rejected(rejection);
    sendProblem(reply, rejection === 'rate_limit' ? RATE_LIMITED : OVERLOADED);
  }

  /** The cheapest question first. */
  function rejectionOf(
    exchange: Exchange,
    slot: Slot,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Rejection | undefined {
    const now = exchange.startedAt;
    if (overload?.refuses(now, served.taken)) return 'overloaded';
    const noSlot = noSlotFor(exchange, slot);
    if (noSlot) return noSlot;
    if (rateLimit?.policy === undefined) return undefined;
    const { allowed, remaining, resetSeconds } = rateLimit.take(request.ip, now);
    reply.header('ratelimit-policy', rateLimit.policy);
    reply.header('ratelimit', `"default";r=${remaining};t=${resetSeconds}`);
    if (allowed) return undefined;
    reply.header('retry-after', String(resetSeconds));
    return 'rate_limit';
  }

  function noSlotFor(exchange: Exchange, slot: Slot): Rejection | undefined {
    if (maxConcurrent === 0) return undefined;
    const client = clients.of(exchange);
    for (const pool of POOLS[slot]) {
      const refusal = pool.refusal(client, 1);
      if (refusal) return refusal === 'exhausted' ? 'concurrency' : refusal;
    }
    return undefined;
  }

  function move(exchange: Exchange, to: Slot | undefined): void {
    const client = clients.of(exchange);
    if (exchange.slot) for (const pool of POOLS[exchange.slot]) pool.give(client, 1);
    exchange.slot = to;
    if (to) for (const pool of POOLS[to]) pool.take(client, 1);
  }

  /** The body has arrived: from now on the request is served. */
  function serve(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const exchange = exchanges.of(request.raw);
    const arrived = exchange?.slot === 'arriving' ? exchange : undefined;
    const rejection = arrived && noSlotFor(arrived, 'served');
    if (rejection) {
      reject(reply, rejection);
    } else {
      if (arrived) move(arrived, 'served');
      done();
    }
  }

  const limits = overload !== undefined || rateLimit !== undefined || maxConcurrent > 0;

  return {
    guardRoutes(app) {
      if (!limits) return;
      app.addHook('onRoute', (options) => {
        if (options.config?.probe) return;
        options.onRequest = [admit, ...[options.onRequest ?? []].flat()];
        if ([options.method].flat().some((method) => !BODYLESS.includes(method))) {
          options.preValidation = [serve, ...[options.preValidation ?? []].flat()];
        }
        if (options.schema) options.schema = withRefusals(options.schema);
      });
    },
    guardUnmatched(app, respond) {
      app.addHook('onRequest', (request, reply, done) => {
        if (!request.is404) done();
        else if (limits) admit(request, reply, () => respond(request, reply));
        else respond(request, reply);
      });
    },
    handOver(exchange) {
      if (exchange.slot === 'served') move(exchange, 'sending');
    },
    release(exchange) {
      if (exchange.slot) move(exchange, undefined);
    },
  };
}

/** Fastify reads no body of these. */
const BODYLESS: readonly string[] = ['GET', 'HEAD', 'TRACE'];

/** Any route may answer so, hence its documentation says it. */
function withRefusals(schema: FastifySchema): FastifySchema {
  const { response } = schema;
  if (typeof response !== 'object' || response === null) return schema;
  return { ...schema, response: { ...problemResponses(429, 503), ...response } };
}
