import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Headers that describe the content that the handler meant to send. */
const CONTENT_HEADERS = [
  ...['content-encoding', 'content-disposition', 'content-language', 'content-location', 'content-range'],
  ...['transfer-encoding', 'trailer'],
];

/** Removes headers that an error response must not have: those of the intended content, and those Node cannot write. */
export function removeUnusableHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (CONTENT_HEADERS.includes(name) || !isValidHeader(name, value) || isCacheable(name, value))
      reply.removeHeader(name);
  }
  reply.raw.statusMessage = '';
}

/** Whether Node can write this header. */
export function isValidHeader(name: string, value: unknown): boolean {
  try {
    validateHeaderName(name);
    for (const each of [value].flat()) {
      if (typeof each !== 'string' && typeof each !== 'number') return false;
      validateHeaderValue(name, String(each));
    }
    return true;
  } catch {
    return false;
  }
}

/** A handler that allows caching of its content does not mean its errors. */
function isCacheable(name: string, value: unknown): boolean {
  return name === 'cache-control' && !String(value).includes('no-store');
}
