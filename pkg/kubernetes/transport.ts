import type { Tracer } from '@opentelemetry/api';
import { DecoratorHandler, type Dispatcher, errors, Pool } from 'undici';
import { describeError } from '../errors/describe-error.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { pause } from '../retry/backoff.ts';
import { createAttemptSignal } from './attempt-signal.ts';
import { type Call, describeCall, METHODS, pathOf, queryOf } from './call.ts';
import { startCallSpan } from './call-span.ts';
import { createClientMetrics } from './client-metrics.ts';
import type { Connection } from './connection.ts';
import { isKubernetesError, KubernetesError } from './errors.ts';
import { toStatusError } from './status-error.ts';
import { untilAborted } from './until-aborted.ts';

export interface TransportOptions {
  connection: Connection;
  userAgent: string;
  requestTimeoutMs: number;
  watchIdleMs: number;
}

export interface TransportDependencies {
  metrics: Metrics | undefined;
  tracer: Tracer | undefined;
}

export interface Transport {
  /** Returns the decoded body. */
  json(call: Call): Promise<unknown>;
  /** Returns the chunks of the body as they arrive. `onOpen` is called after the headers. */
  stream(call: Call, onOpen?: () => void): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

const MAX_RESENDS = 5;
/** A longer `Retry-After` is left to the caller. */
const MAX_PAUSE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Less than the 90 s after which the API server closes an idle connection. */
const KEEP_ALIVE_MS = 60_000;

export function createTransport(
  { connection, userAgent, requestTimeoutMs, watchIdleMs }: TransportOptions,
  { metrics, tracer }: TransportDependencies,
): Transport {
  const { server, tls } = connection;
  const base = server.pathname.replace(/\/$/, '');
  const recorder = metrics && createClientMetrics(metrics, server.host);
  const pool = new Pool(server.origin, {
    // A watch occupies its connection. With HTTP/2, all requests would share one connection and fail with it.
    allowH2: false,
    connect: { ...tls, timeout: Math.min(requestTimeoutMs, CONNECT_TIMEOUT_MS) },
    headersTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });

  function tokenFor(call: Call): string | undefined {
    try {
      return connection.token();
    } catch (cause) {
      const what = `cannot read the token (${describeError(cause)})`;
      throw new KubernetesError(`${describeCall(call)}: ${what}`, { code: 'KUBERNETES_DENIED', cause });
    }
  }

  /** Sends the call once. Resolves with a response whose status is 2xx. */
  async function sendOnce(call: Call): Promise<Dispatcher.ResponseData> {
    const { verb, body, contentType = 'application/json', beforeSend, signalOnceSent } = call;
    call.signal?.throwIfAborted();
    const token = tokenFor(call);
    const headers: Record<string, string> = {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': contentType }),
    };
    const method = METHODS[verb];
    const span = startCallSpan(tracer, server, call);
    span.inject(headers);
    const startedAt = performance.now();
    const observe = (code: string) => recorder?.observe(method, code, (performance.now() - startedAt) / 1000);
    const { signal, sent, ended } = createAttemptSignal(call);
    const isUnguarded = beforeSend === undefined && signalOnceSent === undefined;
    let response: Dispatcher.ResponseData;
    try {
      const request = (isUnguarded ? pool : pool.compose(guardedBy(beforeSend, sent))).request({
        method,
        path: `${base}${pathOf(call)}${queryOf(call)}`,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        bodyTimeout: verb === 'watch' ? watchIdleMs : requestTimeoutMs,
        signal: signal ?? null,
      });
      // Undici itself notices that the signal has aborted only once it is connected.
      response = await untilAborted(request, signal);
    } catch (cause) {
      const error = toError(call, cause, signal);
      observe('<error>');
      span.end(0, isKubernetesError(error) ? error.code : 'cancelled');
      throw error;
    } finally {
      ended();
    }
    const { statusCode, headers: received } = response;
    observe(String(statusCode));
    span.end(statusCode, statusCode >= 400 ? String(statusCode) : undefined);
    if (statusCode >= 200 && statusCode < 300) return response;
    const text = await textOf(response, call);
    const [retryAfter] = [received['retry-after']].flat();
    throw toStatusError(call, { httpStatus: statusCode, text, retryAfter, credentials: connection.source });
  }

  async function send(call: Call): Promise<Dispatcher.ResponseData> {
    for (let resend = 0; ; resend += 1) {
      try {
        return await sendOnce(call);
      } catch (error) {
        const pauseMs = isKubernetesError(error) ? error.retryAfterMs : undefined;
        if (pauseMs === undefined || pauseMs > MAX_PAUSE_MS || resend === MAX_RESENDS) throw error;
        // Jitter, because all clients of an overloaded API server are given the same delay.
        await pause(pauseMs * (1 + Math.random() / 4), call.signal);
      }
    }
  }

  return {
    async json(call) {
      const text = await textOf(await send(call), call);
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw new KubernetesError(`${describeCall(call)}: not JSON`, { code: 'KUBERNETES_PROTOCOL', cause });
      }
    },
    async *stream(call, onOpen) {
      const { body } = await send(call);
      onOpen?.();
      try {
        for await (const chunk of body) yield chunk;
      } catch (cause) {
        throw toError(call, cause);
      }
    },
    close: () => pool.destroy(),
  };
}

/** Thrown by `beforeSend`. */
class BlockedError extends Error {}

/** Calls `beforeSend` once the request has a connection, and then sends the request and calls `sent`, unless it throws. */
function guardedBy(beforeSend: (() => void) | undefined, sent: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const guard: Dispatcher.DispatchHandler = {
      onRequestStart(controller, context) {
        handler.onRequestStart?.(controller, context);
        try {
          beforeSend?.();
          sent();
        } catch (cause) {
          controller.abort(new BlockedError('blocked', { cause }));
        }
      },
    };
    return dispatch(options, Object.assign(new DecoratorHandler(handler), guard));
  };
}

async function textOf(response: Dispatcher.ResponseData, call: Call): Promise<string> {
  try {
    return await response.body.text();
  } catch (cause) {
    throw toError(call, cause);
  }
}

function toError(call: Call, cause: unknown, signal = call.signal): unknown {
  if (cause instanceof BlockedError) return cause.cause;
  if (signal?.aborted) return signal.reason;
  const isTimeout =
    cause instanceof errors.HeadersTimeoutError ||
    cause instanceof errors.BodyTimeoutError ||
    cause instanceof errors.ConnectTimeoutError;
  const code = isTimeout ? 'KUBERNETES_TIMEOUT' : 'KUBERNETES_UNAVAILABLE';
  const what = isTimeout ? 'no response in time' : `no response (${describeError(cause)})`;
  return new KubernetesError(`${describeCall(call)}: ${what}`, { code, cause });
}
