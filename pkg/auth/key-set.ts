import { createLocalJWKSet, errors, type JWK, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { type Unusable, whyUnusable } from './usable-key.ts';

/** A JSON Web Key Set (RFC 7517 §5) that is in use. */
export interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly text: string;
  /** Keys in it that cannot verify a token. */
  readonly leftOut: readonly LeftOutKey[];
}

export interface LeftOutKey extends Unusable {
  readonly kid: string | undefined;
}

/**
 * Reads a key set, without the keys in it that cannot be used: a key that cannot be used must not stop the others.
 *
 * @throws Error for text that is not a key set, or one without a usable key: that is a mistake, and would lock everyone
 * out.
 */
export function parseKeySet(text: string): KeySet {
  const document: unknown = JSON.parse(text);
  if (!isKeySet(document)) throw new TypeError('expected a JSON Web Key Set with at least one key');
  const usable: JWK[] = [];
  const leftOut: LeftOutKey[] = [];
  for (const key of document.keys) {
    const why = whyUnusable(key) ?? whyAmbiguous(key, usable);
    if (why === undefined) usable.push(key as JWK);
    else leftOut.push({ kid: kidOf(key), ...why });
  }
  if (usable.length === 0) {
    const reasons = leftOut.slice(0, 5).map(({ kid, reason }) => `${kid ?? 'a key without kid'}: ${reason}`);
    throw new TypeError(`expected a JSON Web Key Set with at least one usable key (${reasons.join('; ')})`);
  }
  return { find: finder(usable), text, leftOut };
}

/** Logs the keys that were left out of a set, in one line. */
export function logLeftOut(logger: Logger, leftOut: readonly LeftOutKey[], fields: object): void {
  if (leftOut.length === 0) return;
  const keys = leftOut.slice(0, 20).map(({ kid, reason }) => ({ kid, reason }));
  const level = leftOut.every(({ expected }) => expected) ? 'info' : 'warn';
  logger[level]({ ...fields, count: leftOut.length, keys }, 'token keys left out');
}

function isKeySet(document: unknown): document is { keys: unknown[] } {
  if (typeof document !== 'object' || document === null || !('keys' in document)) return false;
  return Array.isArray(document.keys) && document.keys.length > 0;
}

/** RFC 7517 §4.5: keys that share a `kid` are to be told apart by their type. Of two that cannot be, the first is used. */
function whyAmbiguous(key: unknown, usable: readonly JWK[]): Unusable | undefined {
  const { kid, kty, crv, alg } = key as JWK;
  const ambiguous = usable.some(
    (other) =>
      kid !== undefined &&
      other.kid === kid &&
      other.kty === kty &&
      other.crv === crv &&
      (alg === undefined || other.alg === undefined || other.alg === alg),
  );
  return ambiguous ? { reason: 'an earlier key of the set has the same kid', expected: false } : undefined;
}

function kidOf(key: unknown): string | undefined {
  const kid = typeof key === 'object' && key !== null && 'kid' in key ? key.kid : undefined;
  return typeof kid === 'string' ? kid.slice(0, 100) : undefined;
}

function finder(keys: JWK[]): JWTVerifyGetKey {
  const find = createLocalJWKSet({ keys });
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      // What the Web Crypto API throws for a key that it cannot import is not an error of jose.
      throw error instanceof errors.JOSEError ? error : new errors.JWKSInvalid('unusable key', { cause: error });
    }
  };
}
