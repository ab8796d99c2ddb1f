import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { FastifyReply } from 'fastify';

/** What describes the content that the handler meant to send, not the problem document that is sent instead. */
const OF_THE_CONTENT = [
  ...['content-encoding', 'content-disposition', 'content-language', 'content-location', 'content-range'],
  ...['transfer-encoding', 'trailer'],
];

/** Removes what must not be on the response to a failed request: headers of its content, and what Node cannot write. */
export function removeUnusableHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (OF_THE_CONTENT.includes(name) || !isValidHeader(name, value) || isCacheable(name, value))
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

/** A handler that lets its content be cached does not mean its failure. */
function isCacheable(name: string, value: unknown): boolean {
  return name === 'cache-control' && !String(value).includes('no-store');
}
