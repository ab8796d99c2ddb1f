import { randomUUID } from 'node:crypto';

const ACCEPTABLE = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Returns the id of a request: the client's `x-request-id` if it is 1 to 128 characters of `[A-Za-z0-9._-]`, else a new
 * UUID. The id ends up in logs and in headers to other services, so no other characters are accepted.
 */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && ACCEPTABLE.test(header) ? header : randomUUID();
}
