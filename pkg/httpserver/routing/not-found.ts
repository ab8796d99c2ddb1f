import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../problem/problem-reply.ts';
import type { AllowedMethods } from './allowed-methods.ts';

/** Answers what matches no route: 405 with `Allow` where the path has routes for other methods, else 404. */
export function notFoundHandler(allowedMethods: AllowedMethods) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const allow = allowedMethods.of(request.url).join(', ');
    return allow === ''
      ? sendProblem(reply, { status: 404, code: 'route_not_found' })
      : sendProblem(reply, { status: 405, code: 'method_not_allowed', headers: { allow } });
  };
}
