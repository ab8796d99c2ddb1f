import { errors } from 'jose';
import { KeysUnavailableError } from './key-source.ts';

/** Why a token was rejected: a bounded set, for metrics. */
export type TokenFault =
  | 'malformed'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'expired'
  | 'not_yet_valid'
  | 'issuer'
  | 'audience'
  | 'claims'
  | 'keys_unavailable';

export class TokenError extends Error {
  readonly code = 'token_rejected';
  readonly fault: TokenFault;

  constructor(fault: TokenFault, cause?: unknown) {
    super(`token rejected: ${fault}`, { cause });
    this.name = 'TokenError';
    this.fault = fault;
  }
}

const FAULT_OF_CLAIM: Record<string, TokenFault> = { nbf: 'not_yet_valid', iss: 'issuer', aud: 'audience' };

function isKeyError(error: unknown): boolean {
  const kinds = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JWKSInvalid];
  return kinds.some((kind) => error instanceof kind);
}

/** Maps a verification error to a fault. Returns undefined for any other error, which is a bug in this service. */
export function faultOf(error: unknown): TokenFault | undefined {
  if (error instanceof KeysUnavailableError) return 'keys_unavailable';
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return FAULT_OF_CLAIM[error.claim] ?? 'claims';
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return 'algorithm';
  if (isKeyError(error)) return 'key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  return error instanceof errors.JOSEError ? 'malformed' : undefined;
}
