import type { IncomingMessage } from 'node:http';

export type BearerToken = { readonly token: string } | { readonly fault: 'missing' | 'malformed' };

/** Maximum length of the header in characters. Node limits all headers together to 16 KiB. */
const MAX_LENGTH = 8192;

/** RFC 6750 §2.1. The scheme is case-insensitive (RFC 9110 §11.1). */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Reads the token from the `Authorization` header (RFC 6750 §2.1). Never reads it from the body or the query, where it
 * would end up in logs. A repeated header is malformed, because Node would use the first (`_addHeaderLine` in
 * lib/_http_incoming.js) and a proxy perhaps the second.
 */
export function bearerToken({ headers, rawHeaders }: IncomingMessage): BearerToken {
  const header = headers.authorization;
  if (header === undefined) return { fault: 'missing' };
  if (header.length > MAX_LENGTH || countAuthorization(rawHeaders) > 1) return { fault: 'malformed' };
  const [, token] = BEARER.exec(header) ?? [];
  return token === undefined ? { fault: 'malformed' } : { token };
}

function countAuthorization(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 'authorization'.length && name.toLowerCase() === 'authorization') count += 1;
  }
  return count;
}
