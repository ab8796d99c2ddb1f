import { type JWTPayload, jwtVerify } from 'jose';
import type { Principal } from '../httpserver/access/access.ts';
import { SIGNATURE_ALGORITHMS } from './algorithms.ts';
import type { KeySource } from './key-source.ts';
import { permissionsOf, readGrants, rolesIn } from './permissions.ts';
import { faultOf, TokenError } from './token-error.ts';

export interface TokenVerifierOptions {
  /** The one issuer (`iss`) that is believed. */
  issuer: string;
  /** What `aud` must name. */
  audience: string;
  /** Of {@link SIGNATURE_ALGORITHMS}; others are refused. */
  algorithms: readonly string[];
  /** How far the issuer's clock may be from ours, in milliseconds. */
  clockToleranceMs: number;
  /** Claim that names the roles, see `rolesIn`. */
  rolesClaim: string;
  /** `role=permission`, each. */
  grants: readonly string[];
  /** How many verified tokens are remembered, so that each is verified once. Default: 10,000. */
  maxRemembered?: number;
}

export interface TokenVerifier {
  /** At once for a token that was verified before. @throws or rejects with {@link TokenError}. */
  verify(token: string): Principal | Promise<Principal>;
}

interface Remembered {
  readonly principal: Principal;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Verifies JSON Web Tokens (RFC 7519) of one issuer for one audience. Verifying a signature costs more than all
 * the rest of a request, so a good token is remembered until it expires or the issuer's keys change.
 */
export function createTokenVerifier(options: TokenVerifierOptions, keys: KeySource): TokenVerifier {
  const { issuer, audience, clockToleranceMs, rolesClaim, maxRemembered = 10_000 } = options;
  const grants = readGrants(options.grants);
  const remembered = new Map<string, Remembered>();
  let generation = keys.generation;
  const expectations = {
    issuer,
    audience,
    algorithms: options.algorithms.filter((algorithm) => SIGNATURE_ALGORITHMS.includes(algorithm)),
    clockTolerance: clockToleranceMs / 1000,
    requiredClaims: ['exp', 'sub'],
  };

  async function verifyAfresh(token: string): Promise<Principal> {
    const before = keys.generation;
    const { payload } = await jwtVerify(token, keys.find, expectations).catch((error: unknown) => {
      const fault = faultOf(error);
      throw fault === undefined ? error : new TokenError(fault, error);
    });
    const principal = principalOf(payload);
    // Keys that changed meanwhile may not be the ones it was verified with.
    if (keys.generation === before) remember(token, principal, (payload.exp ?? 0) * 1000 + clockToleranceMs);
    return principal;
  }

  function principalOf(claims: JWTPayload): Principal {
    const { sub: subject } = claims;
    if (typeof subject !== 'string' || subject === '') throw new TokenError('claims');
    return { subject, permissions: permissionsOf(rolesIn(claims, rolesClaim), grants) };
  }

  function remember(token: string, principal: Principal, until: number): void {
    const [oldest] = remembered.keys();
    if (remembered.size >= maxRemembered && oldest !== undefined) remembered.delete(oldest);
    remembered.set(token, { principal, until });
  }

  function recall(token: string): Principal | undefined {
    if (generation !== keys.generation) {
      remembered.clear();
      generation = keys.generation;
    }
    const found = remembered.get(token);
    if (found === undefined) return undefined;
    if (Date.now() < found.until) return found.principal;
    remembered.delete(token);
    return undefined;
  }

  return { verify: (token) => recall(token) ?? verifyAfresh(token) };
}
