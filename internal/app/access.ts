import type { Check } from '../../pkg/health/check.ts';
import type { AccessControl, Guard } from '../../pkg/httpserver/access/access.ts';
import { createLocalGuard } from '../../pkg/httpserver/access/local-guard.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Config } from '../config/config.ts';
import type { AccessDependencies } from './bearer-access.ts';

export interface Access {
  http: AccessControl;
  admin: AccessControl;
  parts: readonly Part[];
  checks: readonly Check[];
}

/**
 * Who is let in. With authentication both listeners ask for a bearer token; without it the public one lets in everyone,
 * and the admin one this machine.
 */
export async function createAccess(config: Config, { metrics, logger }: AccessDependencies): Promise<Access> {
  const failures = metrics.counter({
    name: 'http_auth_failures_total',
    help: 'Requests refused because of who asked, by the reason',
    labelNames: ['reason'],
  });
  const onRefused = (reason: string) => failures.inc({ reason });

  if (!config.auth.enabled) {
    if (!['development', 'test'].includes(config.environment)) {
      logger.warn('auth.enabled is false: whoever reaches the public listener may do everything that it offers');
    }
    const everyone: Guard = () => ({ principal: undefined });
    return {
      http: { guard: everyone, onRefused },
      admin: { guard: createLocalGuard(config.admin), onRefused },
      parts: [],
      checks: [],
    };
  }

  // It takes 30 ms to load: a start without authentication does without.
  const { createBearerAccess } = await import('./bearer-access.ts');
  const { guard, part, check } = createBearerAccess(config, { metrics, logger });
  return { http: { guard, onRefused }, admin: { guard, onRefused }, parts: [part], checks: [check] };
}
