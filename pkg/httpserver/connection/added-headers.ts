import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { exchangeOf } from '../exchange/exchange.ts';

declare module 'node:http' {
  interface ServerResponse {
    _storeHeader(statusLine: string, headers: Headers): void;
  }
}

/**
 * Headers of every response that does not set them itself. They restrict a browser that is directed to an API: do not
 * guess content types, do not run or load anything, do not show the content in a frame or to pages of other sites.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/**
 * HSTS (RFC 6797) for a year. Sent only over TLS: without it, browsers ignore the header, and a proxy that terminates
 * TLS sends its own.
 */
const TRANSPORT_SECURITY = { 'strict-transport-security': 'max-age=31536000' };

type Headers = OutgoingHttpHeaders | readonly unknown[] | null | undefined;

/** Names in {@link Exchange.headerLines}. */
const EXCHANGE_HEADERS = ['x-request-id', 'ratelimit-policy', 'ratelimit'];

/**
 * Returns a class for a server's responses that adds these headers and those of the exchange when the head of a response is
 * written, unless the response sets them itself. So every response has them, including those sent before Fastify is
 * involved. Node calls `_storeHeader` once per response, with the status line and the headers; headers that it does not see
 * need not be checked again for each response.
 */
export function responseWithHeaders(options: { tls: boolean }): typeof ServerResponse {
  const security = Object.entries({ ...SECURITY_HEADERS, ...(options.tls && TRANSPORT_SECURITY) });
  const securityLines = security.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const names = [...security.map(([name]) => name), ...EXCHANGE_HEADERS];

  return class ResponseWithHeaders<Request extends IncomingMessage> extends ServerResponse<Request> {
    override _storeHeader(statusLine: string, headers: Headers): void {
      const lines = securityLines + (exchangeOf(this)?.headerLines ?? '');
      super._storeHeader(statusLine + (hasAny(headers, names) ? linesNotIn(headers, lines) : lines), headers);
    }
  };
}

function linesNotIn(headers: Headers, lines: string): string {
  return lines.replace(/^([^:]+):.*\r\n/gm, (line, name) => (has(headers, name) ? '' : line));
}

function hasAny(headers: Headers, names: readonly string[]): boolean {
  for (const name of names) if (has(headers, name)) return true;
  return false;
}

/**
 * Whether the headers have this one. They are an object with names in lower case, a list of names and values in turn, or a
 * list of pairs.
 */
function has(headers: Headers, name: string): boolean {
  if (!headers) return false;
  if (!Array.isArray(headers)) return name in headers;
  const names = Array.isArray(headers[0])
    ? headers.map(([each]) => each)
    : headers.filter((_, index) => index % 2 === 0);
  return names.some((each) => String(each).toLowerCase() === name);
}
