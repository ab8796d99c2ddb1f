import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify';
import { peerSubject } from '../../tls/server-tls.ts';
import { ProblemError, type ProblemOptions } from '../problem/problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route: `public` for everyone, otherwise the required permission, such as `items:write`. */
    access?: string;
  }
  interface FastifyRequest {
    /** The caller. Undefined on public routes, and if the guard does not identify callers. */
    principal: Principal | undefined;
    /** Subject of the client's TLS certificate (RFC 4514), if the listener requests one and it is valid. */
    readonly clientSubject: string | undefined;
  }
}

export interface Principal {
  readonly subject: string;
  readonly permissions: ReadonlySet<string>;
}

export type Decision =
  | { readonly principal: Principal | undefined }
  | {
      /** The rejected caller, if known. */
      readonly principal?: Principal;
      /** Why the request is rejected: one of a bounded set of words, for metrics. */
      readonly rejected: string;
      readonly problem: ProblemOptions;
    };

/** Decides whether a request has a permission. If it throws, the request is rejected with 500. */
export type Guard = (request: IncomingMessage, permission: string) => Decision | Promise<Decision>;

export interface AccessControl {
  guard: Guard;
  onRejected(reason: string): void;
  /** Called before the server listens, with the routes that require each permission. */
  onDeclared?(routes: ReadonlyMap<string, readonly string[]>): void;
}

/** Adds `principal` and `clientSubject` to requests. */
export function addCaller(app: Pick<FastifyInstance, 'decorateRequest'>): void {
  app.decorateRequest('principal');
  app.decorateRequest('clientSubject', {
    getter(this: FastifyRequest) {
      return peerSubject(this.raw.socket);
    },
  });
}

/** Returns the hook that asks the guard whether a request may use the route, and rejects it otherwise. */
export function checkAccess(route: RouteOptions, { guard, onRejected }: AccessControl): onRequestHookHandler {
  return (request: FastifyRequest, _reply, done) => {
    // A permission that nobody has, so that a route that the check at startup missed stays closed.
    const access = route.config?.access ?? '';
    if (access === 'public') return done();
    function settle(decision: Decision): void {
      request.principal = decision.principal;
      if ('rejected' in decision) {
        onRejected(decision.rejected);
        done(new ProblemError(decision.problem));
      } else {
        done();
      }
    }
    try {
      const decision = guard(request.raw, access);
      // The guard decides about a cached token synchronously: a promise would delay every request by a turn of the queue.
      if (decision instanceof Promise) decision.then(settle).catch(done);
      else settle(decision);
    } catch (error) {
      done(error instanceof Error ? error : new Error('the guard failed', { cause: error }));
    }
  };
}
