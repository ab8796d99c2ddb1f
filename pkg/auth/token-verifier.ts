import { type JWTPayload, jwtVerify } from 'jose';
import type { Principal } from '../httpserver/access/access.ts';
import type { KeySource } from './key-source.ts';
import { permissionsOf, readGrants, rolesIn } from './permissions.ts';
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
  /** Maximum number of verified tokens to cache, so that each is verified only once. Default: 10,000. */
  maxCached?: number;
}

export interface TokenVerifier {
  /** Returns the principal synchronously for a cached token. Throws or rejects with {@link TokenError}. */
  verify(token: string): Principal | Promise<Principal>;
}

interface CachedToken {
  readonly principal: Principal;
  /** In milliseconds since the Unix epoch. */
  readonly until: number;
}

/**
 * Verifies JSON Web Tokens (RFC 7519) of one issuer for one audience. Verifying a signature costs more than the rest of
 * a request, so a valid token is cached until it expires or the issuer's keys change.
 */
export function createTokenVerifier(options: TokenVerifierOptions, keys: KeySource): TokenVerifier {
  const { issuer, audience, clockToleranceMs, rolesClaim, maxCached = 10_000 } = options;
  const grants = readGrants(options.grants);
  const cache = new Map<string, CachedToken>();
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
    if (keys.generation === before) store(token, principal, (payload.exp ?? 0) * 1000 + clockToleranceMs);
    return principal;
  }

  function principalOf(claims: JWTPayload): Principal {
    const { sub: subject } = claims;
    if (typeof subject !== 'string' || subject === '') throw new TokenError('claims');
    return { subject, permissions: permissionsOf(rolesIn(claims, rolesClaim), grants) };
  }

  function store(token: string, principal: Principal, until: number): void {
    const [oldest] = cache.keys();
    if (cache.size >= maxCached && oldest !== undefined) cache.delete(oldest);
    cache.set(token, { principal, until });
  }

  function lookUp(token: string): Principal | undefined {
    if (generation !== keys.generation) {
      cache.clear();
      generation = keys.generation;
    }
    const found = cache.get(token);
    if (found === undefined) return undefined;
    if (Date.now() < found.until) return found.principal;
    cache.delete(token);
    return undefined;
  }

  return { verify: (token) => lookUp(token) ?? verifySignature(token) };
}
