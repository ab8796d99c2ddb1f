import { Buffer, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createClientPool } from '../clients/client-pool.ts';
import type { Clients } from '../clients/clients.ts';
import { declaresBody } from '../connection/declared-body.ts';
import { type Arrival, type Exchange, exchangeOf } from '../exchange/exchange.ts';
import type { Exchanges } from '../exchange/exchanges.ts';
import { ProblemError, type ProblemOptions } from '../problem/problem.ts';
import { BODY_TOO_LARGE, OVERLOADED } from '../problem/server-problems.ts';
import { createBodyBuffer } from './body-buffer.ts';
import { unsupportedJson } from './media-type.ts';

export interface BodyReaderOptions {
  /** Bytes for all bodies together; 503 above it. */
  bodyMemory: number;
  /** Share of these bytes that one client may hold while no other client holds any. */
  clientShare: number;
  /** Average rate in bytes per second at which a body must arrive, after the first five seconds. 0: no limit. */
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

export interface BodyReader {
  /** Installs the reader for JSON. Bodies of any other type are then rejected with 415. */
  install(app: FastifyInstance): void;
  /** Rejects bodies that are too slow or too late at `now` (`performance.now()`). */
  check(now: number): void;
  /** Frees the memory of the exchange's body, which counts until the exchange ends. */
  release(exchange: Exchange): void;
}

type Done = (error: Error | null, body?: unknown) => void;

/** How long a client may take before its rate is checked, in milliseconds. */
const GRACE_MS = 5000;

const TOO_SLOW: ProblemOptions = {
  status: 408,
  code: 'request_timeout',
  detail: 'The request body did not arrive in time.',
};

const FRAGMENTED: ProblemOptions = {
  status: 400,
  code: 'body_fragmented',
  detail: 'The chunks of the body are too small. Send fewer, larger chunks.',
};

/** Number of chunks that may have any size, and the minimum average size of further chunks in bytes. */
const FREE_CHUNKS = 1000;
const BYTES_PER_CHUNK = 64;

const NOT_UTF8: ProblemOptions = { status: 400, code: 'malformed_json', detail: 'The body is not valid UTF-8.' };

/**
 * Reads JSON bodies in place of Fastify's own reader, which limits each body but not all of them together, waits for slow
 * ones and replaces invalid UTF-8. A body that its headers rule out is rejected before a byte is read.
 */
export function createBodyReader(options: BodyReaderOptions, dependencies: BodyReaderDependencies): BodyReader {
  const { minDataRate, deadlineMs } = options;
  const { exchanges, clients, onMemoryExhausted } = dependencies;
  const memory = createClientPool('bodyBytes', { max: options.bodyMemory, clientShare: options.clientShare });

  /** Counts the memory that the body of the exchange takes. Returns false if there is not enough. */
  function occupy(exchange: Exchange | undefined, bytes: number): boolean {
    if (!exchange || bytes === exchange.bodyMemory) return true;
    const client = clients.of(exchange);
    const more = bytes - exchange.bodyMemory;
    if (memory.rejection(client, more)) return false;
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
    const exchange = exchangeOf(request.raw);
    const limit = request.routeOptions.bodyLimit;
    const declared = request.headers['content-length'];
    const buffer = createBodyBuffer(declared === undefined ? limit : Math.min(Number(declared), limit));

    let chunks = 0;

    function drop(): void {
      payload.off('data', onData).off('end', onEnd).off('error', onError);
      buffer.free();
      if (exchange) exchange.arrival = undefined;
    }

    function fail(error: Error): void {
      drop();
      done(error, '');
    }

    function onData(chunk: Uint8Array): void {
      chunks += 1;
      if (chunks > FREE_CHUNKS && buffer.length() < (chunks - FREE_CHUNKS) * BYTES_PER_CHUNK) {
        fail(new ProblemError(FRAGMENTED));
      } else if (buffer.length() + chunk.length > limit) {
        fail(new ProblemError(BODY_TOO_LARGE));
      } else if (occupy(exchange, buffer.sizeWith(chunk.length))) {
        buffer.add(chunk);
      } else {
        onMemoryExhausted();
        fail(new ProblemError(OVERLOADED));
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

    /** The client disconnected while sending its body. */
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
      // Fastify's parser, which also protects against `__proto__` and `constructor.prototype`.
      const parseJson = app.getDefaultJsonParser('error', 'error');
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('application/json', (request, payload, done: Done) => {
        const { raw } = request;
        if (!declaresBody(raw)) return done(null, undefined);
        const problem = unsupportedJson(raw.headers) ?? tooLarge(request);
        if (problem) return done(new ProblemError(problem));
        if (raw.headers.expect !== undefined && raw.httpVersion === '1.1') exchangeOf(raw)?.response.writeContinue();
        read(request, payload, (error, text) => {
          if (error) done(error);
          else if (text === '') done(null, undefined);
          else parseJson(request, text, done);
        });
      });
    },
    check(now) {
      for (const { arrival, startedAt } of exchanges.open.filter((exchange) => exchange.arrival !== undefined)) {
        if (arrival && isTooSlow(arrival, startedAt, now)) arrival.fail(new ProblemError(TOO_SLOW));
      }
    },
    release,
  };
}

function tooLarge({ headers, routeOptions }: FastifyRequest): ProblemOptions | undefined {
  return Number(headers['content-length'] ?? 0) > routeOptions.bodyLimit ? BODY_TOO_LARGE : undefined;
}
