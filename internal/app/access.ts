import type { Logger } from 'pino';
import { createBearerGuard } from '../../pkg/auth/bearer-guard.ts';
import { createFileKeys } from '../../pkg/auth/file-keys.ts';
import { type KeySource, KeysUnavailableError } from '../../pkg/auth/key-source.ts';
import { createRemoteKeys } from '../../pkg/auth/remote-keys.ts';
import { createTokenVerifier } from '../../pkg/auth/token-verifier.ts';
import type { Check } from '../../pkg/health/check.ts';
import type { AccessControl, Guard } from '../../pkg/httpserver/access.ts';
import { localGuard } from '../../pkg/httpserver/local-guard.ts';
import type { Part } from '../../pkg/lifecycle/part.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Config } from '../config/config.ts';

export interface AccessDependencies {
  metrics: Metrics;
  logger: Logger;
}

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
export function createAccess(config: Config, { metrics, logger }: AccessDependencies): Access {
  const failures = metrics.counter({
    name: 'http_auth_failures_total',
    help: 'Requests refused because of who asked, by the reason',
    labelNames: ['reason'],
  });
  const onRefused = (reason: string) => failures.inc({ reason });
  const { issuer, audience } = config.auth;

  if (!config.auth.enabled || issuer === undefined || audience === undefined) {
    if (!['development', 'test'].includes(config.environment)) {
      logger.warn('auth.enabled is false: whoever reaches the public listener may do everything that it offers');
    }
    const everyone: Guard = () => ({ principal: undefined });
    return { http: { guard: everyone, onRefused }, admin: { guard: localGuard, onRefused }, parts: [], checks: [] };
  }

  const keys = keySource(config, { metrics, logger });
  const verifier = createTokenVerifier({ ...config.auth, issuer, audience }, keys);
  const guard = createBearerGuard({ realm: config.service.name }, verifier);
  return {
    http: { guard, onRefused },
    admin: { guard, onRefused },
    parts: [{ name: 'token keys', start: keys.start, stop: keys.stop }],
    checks: [
      {
        // A new instance that can let in nobody must not replace an old one that still can.
        name: 'token-keys',
        kind: 'required',
        cacheMs: 0,
        check() {
          if (keys.generation === 0) throw new KeysUnavailableError(config.auth.jwksUrl ?? 'the file');
        },
      },
    ],
  };
}

function keySource({ auth }: Config, { metrics, logger }: AccessDependencies): KeySource {
  if (auth.jwksUrl === undefined) return createFileKeys({ path: auth.jwksFile ?? '' }, { logger });
  const fetches = metrics.counter({
    name: 'auth_key_fetches_total',
    help: 'Fetches of the keys that tokens are verified with, by how they ended',
    labelNames: ['result'],
  });
  return createRemoteKeys(
    { url: auth.jwksUrl, timeoutMs: auth.jwksTimeoutMs, maxAgeMs: auth.jwksMaxAgeMs, cooldownMs: auth.jwksCooldownMs },
    { logger, onFetch: (result) => fetches.inc({ result }) },
  );
}
