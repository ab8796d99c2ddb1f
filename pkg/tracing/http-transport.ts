import { validateHeaderName, validateHeaderValue } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { TlsFiles } from './export-settings.ts';
import { createHttpConnections, TimeoutError } from './http-connections.ts';
import type { HttpResponse } from './http-response.ts';

export interface HttpTransportOptions {
  /** The request URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  readonly tls: TlsFiles;
}

export interface HttpTransport {
  /**
   * Sends a request, several times if necessary, and returns the body of the response. Rejects with the last error if the time
   * does not suffice for another attempt, or at once if another attempt would be in vain.
   */
  send(data: Uint8Array, timeoutMs: number): Promise<Buffer>;
  /** Closes connections that are idle. */
  close(): Promise<void>;
}

type Attempt =
  | { readonly body: Buffer }
  | { readonly error: Error; readonly isRetryable: boolean; readonly waitMs: number };

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 5_000;
const USER_AGENT = `OTLP-Exporter-JavaScript Node.js/${process.versions.node}`;

/** Statuses after which OTLP/HTTP expects another attempt. */
const RETRYABLE_STATUSES = [429, 502, 503, 504];
/** Errors of the network. Others, such as an unknown certificate, remain. */
const RETRYABLE_ERRORS = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);

/**
 * Creates a transport for OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp), without proxies. With the client
 * of node:http, which shares functions with the server, requests take 5 to 7 % more CPU time.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { url, headers, compression, tls } = options;
  const target = new URL(url);
  const opened = connectorTo(target, tls).then(createHttpConnections);

  return {
    async send(data, timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      const body = compression === 'gzip' ? await gzip(data) : data;
      const fields = {
        'user-agent': USER_AGENT,
        'content-length': String(body.length),
        ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
      };
      const head = headOf(target, [...Object.entries(headers), ...Object.entries(fields)]);
      const connections = await opened;
      for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 1.5, MAX_BACKOFF_MS)) {
        const limitMs = Math.max(1, deadline - performance.now());
        const attempt = await connections.exchange(head, body, limitMs).then(attemptOf, failedAttempt);
        if ('body' in attempt) return attempt.body;
        const waitMs = Math.max(attempt.waitMs, backoffMs * (0.8 + Math.random() * 0.4));
        if (!attempt.isRetryable || performance.now() + waitMs > deadline) throw attempt.error;
        await delay(waitMs);
      }
    },
    close: async () => (await opened).close(),
  };
}

/** Returns what opens a connection. */
async function connectorTo({ protocol, hostname, port }: URL, files: TlsFiles): Promise<() => Socket> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') return () => connect({ host, port: Number(port || 80) });
  const tls = await import('node:tls');
  const servername = isIP(host) === 0 ? host : '';
  return () => tls.connect({ ...files, host, port: Number(port || 443), servername, ALPNProtocols: ['http/1.1'] });
}

/**
 * Returns the head of a POST. Of headers with the same name, the last one counts.
 *
 * @throws TypeError if a header is not valid. Its message does not contain the value.
 */
function headOf(target: URL, headers: readonly (readonly [name: string, value: string])[]): string {
  const { host, pathname, search, username, password } = target;
  const fields = new Map<string, string>();
  if (username !== '' || password !== '') {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    fields.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  }
  for (const [name, value] of headers) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    fields.set(name.toLowerCase(), value);
  }
  fields.set('host', host);
  const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

async function gzip(data: Uint8Array): Promise<Uint8Array> {
  const { gzip: compress } = await import('node:zlib');
  return promisify(compress)(data);
}

function attemptOf({ status, reason, headers, body }: HttpResponse): Attempt {
  if (status >= 200 && status <= 299) return { body };
  const error = new Error(`the receiver responded with ${status} ${reason}`);
  return { error, isRetryable: RETRYABLE_STATUSES.includes(status), waitMs: retryAfterMs(headers.get('retry-after')) };
}

function failedAttempt(error: Error): Attempt {
  const isRetryable = error instanceof TimeoutError || ('code' in error && RETRYABLE_ERRORS.has(String(error.code)));
  return { error, isRetryable, waitMs: 0 };
}

/** Returns the wait of a `Retry-After` header, in seconds or until a date (RFC 9110 §10.2.3). */
function retryAfterMs(value = ''): number {
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(waitMs) ? 0 : waitMs;
}
