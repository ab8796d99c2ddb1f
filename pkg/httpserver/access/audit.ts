import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { templateOf } from '../exchange/route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether requests get an audit line although they change nothing. Default: false. */
    audit?: boolean;
  }
}

/** RFC 9110 §9.2.1. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'];

/**
 * One line for every request that may change something or whose route says `audit`, let in or not: who, what, which one, and how it ended. It is
 * written when the handler has answered, also for a client that has left by then. After a 503 for taking too long the
 * handler may still have done its work.
 */
export function addAudit(app: Pick<FastifyInstance, 'addHook'>, parent: Logger): void {
  const logger = parent.child({ component: 'audit' });
  // Of its own level: an audit that a change of the log level can silence is none. Set here and not with the child's
  // options, since pino ignores an option that equals the parent's level of the moment, and follows that one later.
  logger.level = 'info';
  app.addHook('onRoute', (route) => {
    const isSafe = [route.method].flat().every((method) => SAFE_METHODS.includes(method));
    if (isSafe && route.config?.audit !== true) return;
    const handler = templateOf(route.url);
    const others = route.onSend ?? [];
    route.onSend = [
      ...(Array.isArray(others) ? others : [others]),
      (request, reply, _payload, done) => {
        const { principal, clientSubject, params, method, ip } = request;
        logger.info(
          {
            subject: principal?.subject ?? 'anonymous',
            ...(clientSubject !== undefined && { client_subject: clientSubject }),
            method,
            handler,
            params,
            status: reply.statusCode,
            request_id: request.id,
            remote_address: ip,
          },
          'audit',
        );
        done();
      },
    ];
  });
}
