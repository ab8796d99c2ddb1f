import { randomUUID } from 'node:crypto';

const ACCEPTABLE = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * The id of a request: the client's `x-request-id` where it is 1 to 128 characters of `[A-Za-z0-9._-]`, else a new
 * UUID. What a client sends ends up in logs and in other services' headers, so nothing else is let through.
 */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && ACCEPTABLE.test(header) ? header : randomUUID();
}
