import type { onSendHookHandler, RouteOptions } from 'fastify';
import { maskSecrets } from '../../logging/secrets.ts';
import { traceFields } from '../../tracing/tracing.ts';
import { templateOf } from '../exchange/route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether requests get an audit line even if their method is safe. Default: false. */
    audit?: boolean;
  }
}

/** RFC 9110 §9.2.1. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'];

/** Returns the `onSend` hook that writes the audit lines of a route; undefined if the route is not audited. */
export type Audit = (route: RouteOptions) => onSendHookHandler<unknown> | undefined;

/**
 * Writes one line for every request that may change something or whose route is marked `audit`, whether accepted or
 * rejected: the caller, the route, its parameters and the status. The line is written when the handler has responded,
 * even if the client has disconnected by then. After a 503 for a handler timeout the handler may still complete its work.
 *
 * @param write receives the fields as JSON without the braces, with secrets masked.
 */
export function createAudit(write: (fields: string) => void): Audit {
  return ({ method: methods, url, config }) => {
    const isSafe = [methods].flat().every((method) => SAFE_METHODS.includes(method));
    if (isSafe && config?.audit !== true) return undefined;
    const handler = templateOf(url);

    return (request, reply, _payload, done) => {
      const { principal, clientSubject, params, method, ip } = request;
      const fields = JSON.stringify({
        subject: principal?.subject ?? 'anonymous',
        client_subject: clientSubject,
        method,
        handler,
        params,
        status: reply.statusCode,
        request_id: request.id,
        remote_address: ip,
        ...traceFields(),
      });
      write(maskSecrets(fields).slice(1, -1));
      done();
    };
  };
}
