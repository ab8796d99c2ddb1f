import type { Decision, Guard, Principal } from '../httpserver/access/access.ts';
import { bearerToken } from './bearer-token.ts';
import { TokenError, type TokenFault } from './token-error.ts';
import type { TokenVerifier } from './token-verifier.ts';

export interface BearerGuardOptions {
  /** The `realm` of the challenge: names the protected service for people. */
  realm: string;
}

/** Admits requests with a bearer token that carries the permission. Rejects others with a challenge (RFC 6750 §3). */
export function createBearerGuard({ realm }: BearerGuardOptions, { verify }: TokenVerifier): Guard {
  const challenge = `Bearer realm="${realm.replaceAll(/[^\w .-]/g, '')}"`;

  function rejectToken(error: unknown): Decision {
    if (!(error instanceof TokenError)) throw error;
    const { fault } = error;
    if (fault === 'keys_unavailable') return UNAVAILABLE;
    const detail = DETAILS[fault];
    const headers = {
      'www-authenticate': `${challenge}, error="invalid_token", error_description="${detail}"`,
    };
    return { rejected: `token_${fault}`, problem: { status: 401, code: 'token_invalid', detail, headers } };
  }

  function authorize(principal: Principal, permission: string): Decision {
    if (principal.permissions.has(permission)) return { principal };
    const headers = { 'www-authenticate': `${challenge}, error="insufficient_scope", scope="${permission}"` };
    const detail = `This request requires the permission ${permission}.`;
    const problem = { status: 403, code: 'permission_missing', detail, headers };
    return { principal, rejected: 'permission_missing', problem };
  }

  return (request, permission) => {
    const credentials = bearerToken(request);
    if ('fault' in credentials) {
      if (credentials.fault === 'malformed') return rejectToken(new TokenError('malformed'));
      const detail = 'This request requires a bearer token in the Authorization header.';
      const headers = { 'www-authenticate': challenge };
      return { rejected: 'token_missing', problem: { status: 401, code: 'token_missing', detail, headers } };
    }
    const principal = verify(credentials.token);
    if (!(principal instanceof Promise)) return authorize(principal, permission);
    return principal.then((verified) => authorize(verified, permission), rejectToken);
  };
}

const DETAILS: Record<Exclude<TokenFault, 'keys_unavailable'>, string> = {
  malformed: 'The Authorization header does not contain a well-formed bearer token.',
  algorithm: 'The signature algorithm of the token is not accepted.',
  key: 'The token is signed with a key that the issuer does not publish.',
  signature: 'The signature of the token is invalid.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  issuer: 'The token was issued by another issuer.',
  audience: 'The token is intended for another audience.',
  claims: 'The token lacks a required claim.',
};

const UNAVAILABLE: Decision = {
  rejected: 'keys_unavailable',
  problem: {
    status: 503,
    code: 'authentication_unavailable',
    detail: 'Tokens cannot be verified at the moment. Try again later.',
    headers: { 'retry-after': '5' },
  },
};
