import type { onRequestHookHandler } from 'fastify';

const NAMED_PARAMETER = /:\w/;

/** Whether the URL of a route has a named parameter. */
export function hasNamedParameter(url: string): boolean {
  return NAMED_PARAMETER.test(url);
}

/** Whether a named parameter of a path is empty. A wildcard may be empty. */
export function hasEmptyParameter(params: unknown): boolean {
  if (typeof params !== 'object' || params === null) return false;
  const values = params as Record<string, unknown>;
  // Object.entries() would create an array for each parameter of each request.
  for (const name in values) if (values[name] === '' && name !== '*') return true;
  return false;
}

/**
 * Responds 404 to `/items/` if there is a route `/items/:key`, because the router accepts an empty string as the key.
 */
export const rejectEmptyParameters: onRequestHookHandler = (request, reply, done) => {
  if (hasEmptyParameter(request.params)) reply.callNotFound();
  else done();
};
