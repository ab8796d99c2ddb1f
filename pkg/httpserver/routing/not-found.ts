import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../problem/send-problem.ts';
import type { AllowedMethods } from './allowed-methods.ts';

export type NotFoundHandler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** Responds to requests that match no route: 405 with `Allow` if the path has routes for other methods, else 404. */
export function notFoundHandler(allowedMethods: AllowedMethods): NotFoundHandler {
  return (request, reply) => {
    const allow = allowedMethods.of(request.url).join(', ');
    return allow === ''
      ? sendProblem(reply, { status: 404, code: 'route_not_found' })
      : sendProblem(reply, { status: 405, code: 'method_not_allowed', headers: { allow } });
  };
}
