import type { IncomingMessage } from 'node:http';
import { declaresBody } from '../declared-body.ts';

/**
 * Options of a server that creates no body stream for a request without a body: the one option of Node that makes every
 * GET cheaper. Such a request never emits `data`, `end` or `close`: https://github.com/nodejs/node/pull/59778.
 */
export const EMPTY_REQUESTS = { optimizeEmptyRequests: true };

/**
 * Removes the content type of a request without a body. Fastify reads the body of a request that has a content type, and
 * would wait indefinitely for the `end` of a request that was received with {@link EMPTY_REQUESTS}.
 */
export function removeTypeOfEmptyBody({ headers }: Pick<IncomingMessage, 'headers'>): void {
  if (headers['content-type'] === undefined) return;
  if (declaresBody({ headers })) return;
  delete headers['content-type'];
  if (headers['content-length'] !== undefined) headers['content-length'] = '0';
}
