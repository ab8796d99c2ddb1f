import type { Check } from '../../pkg/health/check.ts';
import type { AccessControl, Guard } from '../../pkg/httpserver/access/access.ts';
import { createLocalGuard } from '../../pkg/httpserver/access/local-guard.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Config } from '../config/config.ts';
import type { AccessDependencies } from './bearer-access.ts';

export interface Access {
  http: AccessControl;
  admin: AccessControl;
  components: readonly Component[];
  checks: readonly Check[];
}

/** Warns if the public listener accepts every client, unless that is usual in this environment. */
export function warnOfOpenAccess({ auth, environment }: Config, logger: { warn(message: string): void }): void {
  if (auth.enabled || ['development', 'test'].includes(environment)) return;
  logger.warn('authentication is disabled: anyone who can reach the public listener has full access');
}

/**
 * Creates the access control of both listeners. With authentication enabled, both require a bearer token. Otherwise the
 * public listener accepts every client, and the admin listener only clients on this machine.
 */
export async function createAccess(config: Config, { metrics, logger }: AccessDependencies): Promise<Access> {
  const failures = metrics.counter({
    name: 'http_auth_failures_total',
    help: 'Requests rejected by authentication or authorization, by reason',
    labelNames: ['reason'],
  });
  const onRejected = (reason: string) => failures.inc({ reason });

  if (!config.auth.enabled) {
    const allowAll: Guard = () => ({ principal: undefined });
    return {
      http: { guard: allowAll, onRejected },
      admin: { guard: createLocalGuard(config.admin), onRejected },
      components: [],
      checks: [],
    };
  }

  // Loading this takes 30 ms, so it is loaded only when authentication is enabled.
  const { createBearerAccess } = await import('./bearer-access.ts');
  const { component, check, ...bearer } = createBearerAccess(config, { metrics, logger });
  const control = { ...bearer, onRejected };
  return { http: control, admin: control, components: [component], checks: [check] };
}
