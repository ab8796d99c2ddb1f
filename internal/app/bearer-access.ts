import type { Logger } from 'pino';
import { createBearerGuard } from '../../pkg/auth/bearer-guard.ts';
import { DEVELOPMENT_ISSUER, DEVELOPMENT_KEY_SET, openDevelopmentIssuer } from '../../pkg/auth/development-issuer.ts';
import { createFileKeys } from '../../pkg/auth/file-keys.ts';
import { type KeySource, KeysUnavailableError } from '../../pkg/auth/key-source.ts';
import { readGrants } from '../../pkg/auth/permissions.ts';
import { createRemoteKeys } from '../../pkg/auth/remote-keys.ts';
import { createTokenVerifier } from '../../pkg/auth/token-verifier.ts';
import { suggestion } from '../../pkg/config/nearest.ts';
import type { Check } from '../../pkg/health/check.ts';
import type { AccessControl } from '../../pkg/httpserver/access/access.ts';
import type { Component } from '../../pkg/lifecycle/component.ts';
import type { Metrics } from '../../pkg/metrics/metrics.ts';
import type { Config } from '../config/config.ts';

export interface AccessDependencies {
  metrics: Metrics;
  logger: Logger;
}

export interface BearerAccess extends Required<Pick<AccessControl, 'guard' | 'onDeclared'>> {
  /** Fetches and refreshes the keys that verify tokens. */
  component: Component;
  check: Check;
}

/** Creates the guard for bearer tokens of the configured issuer. Rules of the configuration require its settings. */
export function createBearerAccess(config: Config, dependencies: AccessDependencies): BearerAccess {
  const { issuer = '', audience = '', jwksUrl, jwksFile } = config.auth;
  const keys = keySource(config, dependencies);
  const verifier = createTokenVerifier({ ...config.auth, issuer, audience }, keys);
  return {
    guard: createBearerGuard({ realm: config.service.name }, verifier),
    onDeclared: warnOfUngranted(config, dependencies),
    component: {
      name: 'token keys',
      async start() {
        if (issuer === DEVELOPMENT_ISSUER) openDevelopmentIssuer();
        await keys.start();
      },
      stop: keys.stop,
    },
    check: {
      // Required, so that a new instance that has no keys yet cannot replace an old one that does.
      name: 'token-keys',
      kind: 'required',
      cacheMs: 0,
      check() {
        if (keys.generation === 0) throw new KeysUnavailableError(jwksUrl ?? jwksFile ?? '');
      },
    },
  };
}

/** Warns about permissions that no role has: most are typos, and nobody can use their routes. */
function warnOfUngranted({ auth }: Config, { logger }: AccessDependencies): BearerAccess['onDeclared'] {
  const granted = new Set([...readGrants(auth.grants).values()].flat());
  return (routesByPermission) => {
    for (const [permission, routes] of routesByPermission) {
      if (granted.has(permission)) continue;
      const hint = suggestion(permission, granted);
      logger.warn({ permission, routes }, `no role in auth.grants has the permission ${permission}${hint}`);
    }
  };
}

function keySource({ auth }: Config, { metrics, logger }: AccessDependencies): KeySource {
  const file = auth.issuer === DEVELOPMENT_ISSUER ? DEVELOPMENT_KEY_SET : auth.jwksFile;
  if (auth.jwksUrl === undefined) return createFileKeys({ path: file ?? '' }, { logger });
  const fetches = metrics.counter({
    name: 'auth_key_fetches_total',
    help: 'Fetches of the token verification keys, by result',
    labelNames: ['result'],
  });
  return createRemoteKeys(
    { url: auth.jwksUrl, timeoutMs: auth.jwksTimeoutMs, maxAgeMs: auth.jwksMaxAgeMs, cooldownMs: auth.jwksCooldownMs },
    { logger, onFetch: (result) => fetches.inc({ result }) },
  );
}
