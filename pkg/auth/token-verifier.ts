import { type JWTPayload, jwtVerify } from 'jose';
import type { Principal } from '../httpserver/access/access.ts';
import type { KeySource } from './key-source.ts';
import { permissionsOf, readGrants, rolesIn } from './permissions.ts';
import { createTokenCache } from './token-cache.ts';
import { faultOf, TokenError } from './token-error.ts';
import { SIGNATURE_ALGORITHMS } from './usable-key.ts';

export interface TokenVerifierOptions {
  /** The only trusted issuer (`iss`). */
  issuer: string;
  /** The required audience (`aud`). */
  audience: string;
  /** Accepted algorithms. Any that are not in {@link SIGNATURE_ALGORITHMS} are ignored. */
  algorithms: readonly string[];
  /** Tolerated difference between the issuer's clock and ours, in milliseconds. */
  clockToleranceMs: number;
  /** Claim that contains the roles, see `rolesIn`. */
  rolesClaim: string;
  /** `role=permission` entries. */
  grants: readonly string[];
  /** Memory for verified tokens in bytes. Default: {@link DEFAULT_TOKEN_CACHE_SIZE}. */
  tokenCacheSize?: number;
}

export interface TokenVerifier {
  /** Returns the principal synchronously for a cached token. Throws or rejects with {@link TokenError}. */
  verify(token: string): Principal | Promise<Principal>;
}

/** Enough for 20,000 tokens of 1,000 characters. */
export const DEFAULT_TOKEN_CACHE_SIZE = 32 * 1024 ** 2;

/**
 * Verifies JSON Web Tokens (RFC 7519) of one issuer for one audience. Verifying a signature costs more than the rest of
 * a request, so a valid token is cached until it expires or the issuer's keys change.
 */
export function createTokenVerifier(options: TokenVerifierOptions, keys: KeySource): TokenVerifier {
  const { issuer, audience, clockToleranceMs, rolesClaim } = options;
  const grants = readGrants(options.grants);
  const cache = createTokenCache(options.tokenCacheSize ?? DEFAULT_TOKEN_CACHE_SIZE);
  let generation = keys.generation;
  const expectations = {
    issuer,
    audience,
    algorithms: options.algorithms.filter((algorithm) => SIGNATURE_ALGORITHMS.includes(algorithm)),
    clockTolerance: clockToleranceMs / 1000,
    requiredClaims: ['exp', 'sub'],
  };

  async function verifySignature(token: string): Promise<Principal> {
    const before = keys.generation;
    const { payload } = await jwtVerify(token, keys.find, expectations).catch((error: unknown) => {
      const fault = faultOf(error);
      throw fault === undefined ? error : new TokenError(fault, error);
    });
    const principal = principalOf(payload);
    // Do not cache if the keys have changed: the token may have been verified with the previous ones.
    if (keys.generation === before) cache.set(token, principal, (payload.exp ?? 0) * 1000 + clockToleranceMs);
    return principal;
  }

  function principalOf(claims: JWTPayload): Principal {
    const { sub: subject } = claims;
    if (typeof subject !== 'string' || subject === '') throw new TokenError('claims');
    return { subject, permissions: permissionsOf(rolesIn(claims, rolesClaim), grants) };
  }

  function lookUp(token: string): Principal | undefined {
    if (generation !== keys.generation) {
      cache.clear();
      generation = keys.generation;
    }
    return cache.get(token);
  }

  return { verify: (token) => lookUp(token) ?? verifySignature(token) };
}
