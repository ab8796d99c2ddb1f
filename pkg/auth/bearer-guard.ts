import type { Decision, Guard, Principal } from '../httpserver/access/access.ts';
import { bearerToken } from './bearer-token.ts';
import { TokenError, type TokenFault } from './token-error.ts';
import type { TokenVerifier } from './token-verifier.ts';

export interface BearerGuardOptions {
  /** What is protected, for people: the `realm` of the challenge. */
  realm: string;
}

/** Lets in who shows a bearer token that carries the permission. Refusals are worded as RFC 6750 §3 has them. */
export function createBearerGuard({ realm }: BearerGuardOptions, { verify }: TokenVerifier): Guard {
  const challenge = `Bearer realm="${realm.replaceAll(/[^\w .-]/g, '')}"`;

  function refuseToken(error: unknown): Decision {
    if (!(error instanceof TokenError)) throw error;
    const { fault } = error;
    if (fault === 'keys_unavailable') return UNAVAILABLE;
    const detail = DETAILS[fault];
    const headers = {
      'www-authenticate': `${challenge}, error="invalid_token", error_description="${detail}"`,
    };
    return { rejected: `token_${fault}`, problem: { status: 401, code: 'token_invalid', detail, headers } };
  }

  function judge(principal: Principal, permission: string): Decision {
    if (principal.permissions.has(permission)) return { principal };
    const headers = { 'www-authenticate': `${challenge}, error="insufficient_scope", scope="${permission}"` };
    const detail = `This needs the permission ${permission}.`;
    const problem = { status: 403, code: 'permission_missing', detail, headers };
    return { principal, rejected: 'permission_missing', problem };
  }

  return (request, permission) => {
    const given = bearerToken(request);
    if ('fault' in given) {
      if (given.fault === 'malformed') return refuseToken(new TokenError('malformed'));
      const detail = 'This needs a bearer token in the Authorization header.';
      const headers = { 'www-authenticate': challenge };
      return { rejected: 'token_missing', problem: { status: 401, code: 'token_missing', detail, headers } };
    }
    const principal = verify(given.token);
    if (!(principal instanceof Promise)) return judge(principal, permission);
    return principal.then((verified) => judge(verified, permission), refuseToken);
  };
}

const DETAILS: Record<Exclude<TokenFault, 'keys_unavailable'>, string> = {
  malformed: 'The Authorization header holds no well-formed bearer token.',
  algorithm: 'The token is signed with an algorithm that is not accepted.',
  key: 'The token is signed with a key that the issuer does not publish.',
  signature: 'The signature of the token is wrong.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  issuer: 'The token is of another issuer.',
  audience: 'The token is for another audience.',
  claims: 'The token lacks a claim that is needed.',
};

const UNAVAILABLE: Decision = {
  rejected: 'keys_unavailable',
  problem: {
    status: 503,
    code: 'authentication_unavailable',
    detail: 'Tokens cannot be verified at the moment.',
    headers: { 'retry-after': '5' },
  },
};
