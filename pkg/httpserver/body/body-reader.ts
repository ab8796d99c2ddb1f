import { Buffer, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createClientPool } from '../clients/client-pool.ts';
import type { Clients } from '../clients/clients.ts';
import { declaresBody } from '../connection/declared-body.ts';
import type { Exchange, Exchanges } from '../exchange/exchange.ts';
import { ProblemError, type ProblemOptions } from '../problem/problem.ts';
import { createBodyBuffer } from './body-buffer.ts';
import { unsupportedJson } from './media-type.ts';

export interface BodyReaderOptions {
  /** Bytes of all bodies together; 503 above it. */
  bodyMemory: number;
  /** Part of them that one client may take when no other has any. */
  clientShare: number;
  /** Bytes per second that a body must arrive with on average, after the first five seconds. 0: no limit. */
  minDataRate: number;
  /** Time from the headers to the end of the body, in milliseconds. 0: no limit. */
  deadlineMs: number;
}

export interface BodyReaderDependencies {
  exchanges: Exchanges;
  clients: Clients;
  /** Called for each body that is rejected because bodies take up too much memory. */
  onMemoryExhausted(): void;
}

/**
 * A body that is being read. Its length is a function, as that of a {@link BodyBuffer}: V8 gives each object literal with
 * an accessor a hidden class of its own, which keeps the request alive until the next full collection.
 */
export interface Arrival {
  readonly since: number;
  length(): number;
  fail(problem: ProblemOptions): void;
  /** Stops reading and frees what was read. */
  drop(): void;
}

export interface BodyReader {
  /** Installs the reader for JSON. Bodies of any other type are then rejected with 415. */
  install(app: FastifyInstance): void;
  /** Rejects the bodies that are too slow or too late at `now`, of `performance.now()`. */
  check(now: number): void;
  /** Frees the memory of the exchange's body, which counts until the response is on its way. */
  release(exchange: Exchange): void;
}

type Done = (error: Error | null, body?: unknown) => void;

/** How long a client may take to get going before its rate counts, in milliseconds. */
const GRACE_MS = 5000;

const TOO_LARGE: ProblemOptions = { status: 413, code: 'body_too_large' };

const TOO_SLOW: ProblemOptions = {
  status: 408,
  code: 'request_timeout',
  detail: 'The request body did not arrive in time.',
};

const EXHAUSTED: ProblemOptions = {
  status: 503,
  code: 'overloaded',
  detail: 'The service is overloaded. Try again later.',
  headers: { 'retry-after': '1' },
};

const FRAGMENTED: ProblemOptions = {
  status: 400,
  code: 'body_fragmented',
  detail: 'The chunks of the body are too small: send fewer and larger ones.',
};

/** Chunks of a body that are free, and the bytes that each further one must have on average. */
const FREE_CHUNKS = 1000;
const BYTES_PER_CHUNK = 64;

const NOT_UTF8: ProblemOptions = { status: 400, code: 'malformed_json', detail: 'The body is not valid UTF-8.' };

/**
 * Reads JSON bodies in place of Fastify's own reader, which limits each body and not all of them together, waits for
 * slow ones, and replaces invalid UTF-8. What the headers rule out is rejected before a byte is read.
 */
export function createBodyReader(options: BodyReaderOptions, dependencies: BodyReaderDependencies): BodyReader {
  const { minDataRate, deadlineMs } = options;
  const { exchanges, clients, onMemoryExhausted } = dependencies;
  const memory = createClientPool('bodyBytes', { max: options.bodyMemory, clientShare: options.clientShare });

  /** Counts the memory that the body of the exchange takes now. False when there is not so much. */
  function occupy(exchange: Exchange | undefined, bytes: number): boolean {
    if (!exchange || bytes === exchange.bodyMemory) return true;
    const client = clients.of(exchange);
    const more = bytes - exchange.bodyMemory;
    if (memory.refusal(client, more)) return false;
    memory.take(client, more);
    exchange.bodyMemory = bytes;
    return true;
  }

  function release(exchange: Exchange): void {
    exchange.arrival?.drop();
    if (exchange.bodyMemory === 0) return;
    memory.give(clients.of(exchange), exchange.bodyMemory);
    exchange.bodyMemory = 0;
  }

  function read(request: FastifyRequest, payload: IncomingMessage, done: (error: Error | null, text: string) => void) {
    const exchange = exchanges.of(request.raw);
    const limit = request.routeOptions.bodyLimit;
    const declared = request.headers['content-length'];
    const buffer = createBodyBuffer(declared === undefined ? limit : Math.min(Number(declared), limit));

    let chunks = 0;

    function drop(): void {
      payload.off('data', onData).off('end', onEnd).off('error', onError);
      buffer.free();
      if (exchange) exchange.arrival = undefined;
    }

    function fail(problem: ProblemOptions): void {
      drop();
      done(new ProblemError(problem), '');
    }

    function onData(chunk: Uint8Array): void {
      chunks += 1;
      if (chunks > FREE_CHUNKS && buffer.length() < (chunks - FREE_CHUNKS) * BYTES_PER_CHUNK) {
        fail(FRAGMENTED);
      } else if (buffer.length() + chunk.length > limit) {
        fail(TOO_LARGE);
      } else if (occupy(exchange, buffer.sizeWith(chunk.length))) {
        buffer.add(chunk);
      } else {
        onMemoryExhausted();
        fail(EXHAUSTED);
      }
    }

    function onEnd(): void {
      const { buffer: store, byteOffset, length } = buffer.bytes();
      const bytes = Buffer.from(store, byteOffset, length);
      const text = isUtf8(bytes) ? bytes.toString('utf8') : undefined;
      drop();
      if (text === undefined) done(new ProblemError(NOT_UTF8), '');
      else done(null, text);
    }

    /** The client left in the middle of its body. */
    function onError(error: Error): void {
      drop();
      done(Object.assign(error, { statusCode: 400 }), '');
    }

    if (exchange) {
      exchange.arrival = {
        since: performance.now(),
        length: buffer.length,
        fail,
        drop,
      };
    }
    payload.on('data', onData).on('end', onEnd).on('error', onError);
  }

  function isTooSlow({ since, length }: Arrival, startedAt: number, now: number): boolean {
    if (deadlineMs > 0 && now - startedAt > deadlineMs) return true;
    return now - since > GRACE_MS && length() * 1000 < minDataRate * (now - since);
  }

  return {
    install(app) {
      // Fastify's, which also guards against `__proto__` and `constructor.prototype`.
      const parseJson = app.getDefaultJsonParser('error', 'error');
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('application/json', (request, payload, done: Done) => {
        const { raw } = request;
        if (!declaresBody(raw)) return done(null, undefined);
        const problem = unsupportedJson(raw.headers) ?? tooLarge(request);
        if (problem) return done(new ProblemError(problem));
        if (raw.headers.expect !== undefined && raw.httpVersion === '1.1') exchanges.of(raw)?.response.writeContinue();
        read(request, payload, (error, text) => {
          if (error) done(error);
          else if (text === '') done(null, undefined);
          else parseJson(request, text, done);
        });
      });
    },
    check(now) {
      for (const { arrival, startedAt } of exchanges.open.filter((exchange) => exchange.arrival !== undefined)) {
        if (arrival && isTooSlow(arrival, startedAt, now)) arrival.fail(TOO_SLOW);
      }
    },
    release,
  };
}

function tooLarge({ headers, routeOptions }: FastifyRequest): ProblemOptions | undefined {
  return Number(headers['content-length'] ?? 0) > routeOptions.bodyLimit ? TOO_LARGE : undefined;
}
