import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler, RouteOptions } from 'fastify';
import { peerSubject } from '../../tls/peer-subject.ts';
import { ProblemError, type ProblemOptions } from '../problem/problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route: `public` is everyone, anything else a permission, such as `items:write`. */
    access?: string;
  }
  interface FastifyRequest {
    /** Who asks; undefined on public routes and where nobody is asked who they are. */
    principal: Principal | undefined;
    /** Whom the client's TLS certificate names (RFC 4514), where the listener asks for one and it is valid. */
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
      /** Who was refused, where that is known. */
      readonly principal?: Principal;
      /** Why not: one of a bounded set of words, for metrics. */
      readonly refused: string;
      readonly problem: ProblemOptions;
    };

/** Decides whether a request may do what a permission names. Whom it throws at is refused too, with a 500. */
export type Guard = (request: IncomingMessage, permission: string) => Decision | Promise<Decision>;

/** Routes that say nothing of who may use them, or say it on a server that has nobody to ask. */
class AccessUndeclaredError extends Error {
  readonly code = 'access_undeclared';

  constructor(routes: readonly string[], expected: string) {
    super(`${routes.join(', ')}: expected ${expected}`);
    this.name = 'AccessUndeclaredError';
  }
}

export interface AccessControl {
  guard: Guard;
  onRefused(reason: string): void;
}

/**
 * Asks the guard before a route's own hooks see the request, and before its body is read. Every route declares its
 * `access` in its `config`; one that does not is refused when the server becomes ready. A server without access control
 * serves what declares nothing or `public`, and refuses to start with anything else.
 */
export function addAccessControl(app: FastifyInstance, control: AccessControl | undefined): void {
  const routes: RouteOptions[] = [];
  app.decorateRequest('principal');
  app.decorateRequest('clientSubject', {
    getter(this: FastifyRequest) {
      return peerSubject(this.raw.socket);
    },
  });
  app.addHook('onRoute', (route) => {
    routes.push(route);
    const others = route.onRequest ?? [];
    if (control) route.onRequest = [askGuard(route, control), ...(Array.isArray(others) ? others : [others])];
  });
  // Not where a route is added: a plugin may declare for the routes that another package adds within it.
  app.addHook('onReady', (done) => {
    const wrong = routes.filter(({ config }) =>
      control ? config?.access === undefined : ![undefined, 'public'].includes(config?.access),
    );
    const names = [...new Set(wrong.map(({ method, url }) => `${[method].flat().join('|')} ${url}`))];
    const expected = control
      ? "who may use it, as in { config: { access: 'public' } } or a permission for 'public'"
      : 'access control on the server of a route that needs a permission';
    done(names.length > 0 ? new AccessUndeclaredError(names, expected) : undefined);
  });
}

function askGuard(route: RouteOptions, { guard, onRefused }: AccessControl): onRequestHookHandler {
  return (request: FastifyRequest, _reply: FastifyReply, done) => {
    // A permission that nobody has: what slipped through the check at the start stays closed.
    const access = route.config?.access ?? '';
    if (access === 'public') return done();
    function settle(decision: Decision): void {
      request.principal = decision.principal;
      if ('refused' in decision) {
        onRefused(decision.refused);
        done(new ProblemError(decision.problem));
      } else {
        done();
      }
    }
    try {
      const decision = guard(request.raw, access);
      // A remembered token is decided at once: a promise would cost every request a turn of the queue.
      if (decision instanceof Promise) decision.then(settle).catch(done);
      else settle(decision);
    } catch (error) {
      done(error instanceof Error ? error : new Error('the guard failed', { cause: error }));
    }
  };
}
