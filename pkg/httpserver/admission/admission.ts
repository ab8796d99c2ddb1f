import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { type ClientPool, createClientPool } from '../clients/client-pool.ts';
import type { Clients } from '../clients/clients.ts';
import { declaresBody } from '../connection/declared-body.ts';
import { type Exchange, exchangeOf, type Slot } from '../exchange/exchange.ts';
import type { ProblemOptions } from '../problem/problem.ts';
import { problemResponses } from '../problem/problem-schema.ts';
import { sendProblem } from '../problem/send-problem.ts';
import { OVERLOADED } from '../problem/server-problems.ts';
import type { HttpMetrics, Rejection } from '../telemetry/http-metrics.ts';
import { decimal } from '../text/decimal.ts';
import { rememberLast } from '../text/remember-last.ts';
import type { Overload } from './overload.ts';
import type { RateLimit } from './rate-limit.ts';

export interface AdmissionOptions {
  /** Requests served at the same time; 0: no limit. */
  maxConcurrent: number;
  /** Share of all slots that one client may hold while no other client holds any. */
  clientShare: number;
}

export interface AdmissionDependencies {
  clients: Clients;
  metrics: HttpMetrics | undefined;
  overload: Overload | undefined;
  rateLimit: RateLimit | undefined;
}

export interface Admission {
  /** Whether there is any limit. Without one the hooks need not be added. */
  readonly isLimited: boolean;
  /** Hook that runs before the body is read: rejects the request, or gives it a slot. */
  admit(request: FastifyRequest, reply: FastifyReply, done: () => void): void;
  /** Hook that runs when the body has arrived and the request starts to be served. */
  serve(request: FastifyRequest, reply: FastifyReply, done: () => void): void;
  /** Must be called when the response only waits for the client to read it. */
  handOver(exchange: Exchange): void;
  /** Must be called at the end of every exchange. */
  release(exchange: Exchange): void;
}

/** Slots for requests whose body is still arriving, as a share of `maxConcurrent`, in addition to those served. */
const ARRIVING_SHARE = 0.5;

const RATE_LIMITED: ProblemOptions = {
  status: 429,
  code: 'rate_limited',
  detail: 'Too many requests from this address. Try again later.',
};

/**
 * Decides whether to serve a request, before its body is read. Rejections are as cheap as possible, are counted and
 * logged like other responses, and count against the client's rate limit only if the client caused them.
 *
 * Requests whose body is still arriving, requests being served, and responses that wait for the client to read them
 * have separate slots, so that slow clients do not block others.
 */
export function createAdmission(
  { maxConcurrent, clientShare }: AdmissionOptions,
  { clients, metrics, overload, rateLimit }: AdmissionDependencies,
): Admission {
  const arriving = createClientPool('arriving', { max: Math.ceil(ARRIVING_SHARE * maxConcurrent), clientShare });
  const served = createClientPool('served', { max: maxConcurrent, clientShare });
  // A finished response cannot be rejected, so a slot for it must be free when its request is admitted.
  const servedOrSending = createClientPool('servedOrSending', { max: 2 * maxConcurrent, clientShare });
  const POOLS: Record<Slot, readonly ClientPool[]> = {
    arriving: [arriving],
    served: [served, servedOrSending],
    sending: [servedOrSending],
  };

  function admit(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const exchange = exchangeOf(request.raw);
    const slot = request.method !== 'GET' && !request.is404 && declaresBody(request.raw) ? 'arriving' : 'served';
    const rejection = exchange && rejectionOf(exchange, slot, reply);
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

  /** The cheapest check first. */
  function rejectionOf(exchange: Exchange, slot: Slot, reply: FastifyReply): Rejection | undefined {
    const now = exchange.startedAt;
    if (overload?.rejects(now, served.taken)) return 'overloaded';
    const noSlot = noSlotFor(exchange, slot);
    if (noSlot) return noSlot;
    if (rateLimit?.policy === undefined) return undefined;
    const { allowed, remaining, resetSeconds } = rateLimit.take(exchange.clientAddress, now);
    exchange.headerLines += policyLine(rateLimit.policy) + decimal(remaining) + resetParameter(resetSeconds);
    if (allowed) return undefined;
    reply.header('retry-after', String(resetSeconds));
    return 'rate_limit';
  }

  function noSlotFor(exchange: Exchange, slot: Slot): Rejection | undefined {
    if (maxConcurrent === 0) return undefined;
    const client = clients.of(exchange);
    for (const pool of POOLS[slot]) {
      const rejection = pool.rejection(client, 1);
      if (rejection) return rejection === 'exhausted' ? 'concurrency' : rejection;
    }
    return undefined;
  }

  function move(exchange: Exchange, to: Slot | undefined): void {
    const client = clients.of(exchange);
    if (exchange.slot) for (const pool of POOLS[exchange.slot]) pool.give(client, 1);
    exchange.slot = to;
    if (to) for (const pool of POOLS[to]) pool.take(client, 1);
  }

  function serve(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const exchange = exchangeOf(request.raw);
    const arrived = exchange?.slot === 'arriving' ? exchange : undefined;
    const rejection = arrived && noSlotFor(arrived, 'served');
    if (rejection) {
      reject(reply, rejection);
    } else {
      if (arrived) move(arrived, 'served');
      done();
    }
  }

  return {
    isLimited: overload !== undefined || rateLimit !== undefined || maxConcurrent > 0,
    admit,
    serve,
    handOver(exchange) {
      if (exchange.slot === 'served') move(exchange, 'sending');
    },
    release(exchange) {
      if (exchange.slot) move(exchange, undefined);
    },
  };
}

/** The two parts of the fields of the rate limit between which the requests that remain are. */
const policyLine = rememberLast((policy: string) => `ratelimit-policy: ${policy}\r\nratelimit: "default";r=`);
const resetParameter = rememberLast((seconds: number) => `;t=${seconds}\r\n`);

/** Adds the responses that reject a request to the schema of a route, so that they are documented. */
export function documentRejections(schema: FastifySchema): FastifySchema {
  const { response } = schema;
  if (typeof response !== 'object' || response === null) return schema;
  return { ...schema, response: { ...problemResponses(429, 503), ...response } };
}
